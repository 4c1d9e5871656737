package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Set;

/**
 * The one entry of the control map, shared with the programs and with other processes. Writes take effect at once. Thread-safe field by
 * field.
 *
 * @param memory a mapping of the map, or a copy of its entry
 */
record ControlBlock(MemorySegment memory) {
    /** Fills a control map that no program has read yet. */
    static void init(BpfMap map, Settings settings, String version, int features, boolean shares) {
        try (Arena arena = Arena.ofConfined()) {
            ControlBlock block = new ControlBlock(arena.allocate(Layouts.CONTROL));
            block.set("abi", Layouts.ABI);
            block.set("max_flows", settings.maxFlows());
            block.set("features", features);
            block.tcpInterval(ConnectionTracking.MOST.toNanos());
            block.set("shares", shares ? 1 : 0);
            block.setLong("loaded_at", Values.epochNanos(Instant.now()));
            Values.putString(block.memory, offset("version"), Layouts.VERSION, version);
            map.update(arena.allocate(JAVA_INT), block.memory);
        }
    }

    int layout() {
        return get("abi");
    }

    Mode mode() {
        return Mode.values()[Math.floorMod(get("mode"), Mode.values().length)];
    }

    void mode(Mode mode) {
        set("mode", mode.ordinal());
    }

    boolean sameNode() {
        return get("same_node") != 0;
    }

    void sameNode(boolean on) {
        set("same_node", on ? 1 : 0);
    }

    boolean includeOnly() {
        return get("include_only") != 0;
    }

    void includeOnly(boolean on) {
        set("include_only", on ? 1 : 0);
    }

    int turns() {
        return get("turns");
    }

    void turns(int turns) {
        set("turns", turns);
    }

    int maxFlows() {
        return get("max_flows");
    }

    Set<Feature> features() {
        return Feature.of(get("features"));
    }

    boolean shares() {
        return get("shares") != 0;
    }

    long refused() {
        return getLong("refused");
    }

    void refused(long connections) {
        setLong("refused", connections);
    }

    String version() {
        return Values.getString(memory, offset("version"), Layouts.VERSION);
    }

    Instant loadedAt() {
        return Values.instant(getLong("loaded_at"));
    }

    /** Has the next pass forget flows that none since this one has met, and what else is kept of sockets that are gone. */
    void forgetBefore(long pass) {
        setLong("forget_before", pass);
    }

    /** Nanoseconds. */
    long tcpInterval() {
        return getLong("tcp_interval");
    }

    /** For the process that holds the lock of the pins. */
    void tcpInterval(long nanos) {
        setLong("tcp_interval", nanos);
    }

    long pass() {
        return getLong("pass");
    }

    /** For the process that holds the lock of the pins. */
    void nextPass() {
        setLong("pass", pass() + 1);
    }

    /** For the process that holds the lock of the pins. */
    void nextEpoch() {
        setLong("epoch", getLong("epoch") + 1);
    }

    private int get(String field) {
        return memory.get(JAVA_INT, offset(field));
    }

    private void set(String field, int value) {
        memory.set(JAVA_INT, offset(field), value);
    }

    private long getLong(String field) {
        return memory.get(JAVA_LONG, offset(field));
    }

    private void setLong(String field, long value) {
        memory.set(JAVA_LONG, offset(field), value);
    }

    private static long offset(String field) {
        return Layouts.offset(Layouts.CONTROL, field);
    }
}
