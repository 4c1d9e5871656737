package io.sockway.node.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Asks the devices of the calling thread's network namespace by {@code ioctl(SIOCETHTOOL)}.
 *
 * @see <a href="https://github.com/torvalds/linux/blob/master/include/uapi/linux/ethtool.h">linux/ethtool.h</a>
 */
final class LiveEthtool implements Ethtool {
    private static final long SIOCETHTOOL = 0x8946;
    private static final int NAME_BYTES = 16;
    private static final int STRING_BYTES = 32;
    private static final int SLACK_BYTES = 64 << 10;
    private static final int ATTEMPTS = 2;

    private static final int GET_DRIVER = 0x3;
    private static final int DRIVER_BYTES = 196;
    private static final int GET_RINGS = 0x10;
    private static final int SET_RINGS = 0x11;
    private static final int RINGS_BYTES = 36;
    private static final int GET_STRINGS = 0x1b;
    private static final int GET_STATISTICS = 0x1d;
    private static final int GET_SET_INFO = 0x37;
    private static final int GET_FEATURES = 0x3a;
    private static final int SET_FEATURES = 0x3b;
    private static final int GET_CHANNELS = 0x3c;
    private static final int SET_CHANNELS = 0x3d;
    private static final int CHANNELS_BYTES = 36;

    private static final int STRINGS_STATISTICS = 1;
    private static final int STRINGS_FEATURES = 4;

    private static final int RING_RX_MAX = 4;
    private static final int RING_TX_MAX = 16;
    private static final int RING_RX = 20;
    private static final int RING_TX = 32;
    private static final int CHANNELS_RX_MAX = 4;
    private static final int CHANNELS_COMBINED_MAX = 16;
    private static final int CHANNELS_RX = 20;
    private static final int CHANNELS_COMBINED = 32;

    @Override
    public Optional<String> driver(String device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment reply = command(arena, GET_DRIVER, DRIVER_BYTES);
            return ask(device, reply) < 0 ? Optional.empty() : Optional.of(string(reply, 4));
        }
    }

    @Override
    public Optional<Rings> rings(String device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment reply = command(arena, GET_RINGS, RINGS_BYTES);
            return ask(device, reply) < 0 ? Optional.empty() : Optional.of(new Rings(reply.get(JAVA_INT, RING_RX),
                    reply.get(JAVA_INT, RING_RX_MAX), reply.get(JAVA_INT, RING_TX), reply.get(JAVA_INT, RING_TX_MAX)));
        }
    }

    @Override
    public Optional<Channels> channels(String device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment reply = command(arena, GET_CHANNELS, CHANNELS_BYTES);
            return ask(device, reply) < 0 ? Optional.empty() : Optional.of(new Channels(reply.get(JAVA_INT, CHANNELS_COMBINED),
                    reply.get(JAVA_INT, CHANNELS_COMBINED_MAX), reply.get(JAVA_INT, CHANNELS_RX), reply.get(JAVA_INT, CHANNELS_RX_MAX)));
        }
    }

    @Override
    public Map<String, Feature> features(String device) {
        Map<String, Feature> features = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            List<String> names = strings(arena, device, STRINGS_FEATURES);
            int blocks = (names.size() + 31) / 32;
            MemorySegment reply = command(arena, GET_FEATURES, 8 + 16L * blocks);
            reply.set(JAVA_INT, 4, blocks);
            if (names.isEmpty() || ask(device, reply) < 0) {
                return features;
            }
            for (int i = 0; i < names.size(); i++) {
                long block = 8 + 16L * (i / 32);
                int bit = 1 << i % 32;
                boolean available = (reply.get(JAVA_INT, block) & bit) != 0;
                boolean active = (reply.get(JAVA_INT, block + 8) & bit) != 0;
                boolean never = (reply.get(JAVA_INT, block + 12) & bit) != 0;
                features.put(names.get(i), new Feature(active, !available || never));
            }
        }
        return features;
    }

    @Override
    public Map<String, Long> statistics(String device) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try (Arena arena = Arena.ofConfined()) {
                List<String> names = strings(arena, device, STRINGS_STATISTICS);
                MemorySegment reply = table(arena, GET_STATISTICS, 8, Long.BYTES, names.size());
                reply.set(JAVA_INT, 4, names.size());
                if (names.isEmpty() || ask(device, reply) < 0) {
                    return Map.of();
                }
                if (reply.get(JAVA_INT, 4) == names.size()) {
                    Map<String, Long> statistics = new LinkedHashMap<>();
                    for (int i = 0; i < names.size(); i++) {
                        statistics.put(names.get(i), reply.get(JAVA_LONG, 8 + 8L * i));
                    }
                    return statistics;
                }
            }
        }
        return Map.of();
    }

    @Override
    public void set(String device, Knob knob, long value) {
        try (Arena arena = Arena.ofConfined()) {
            int result = switch (knob) {
                case RING_RX -> change(arena, device, GET_RINGS, SET_RINGS, RINGS_BYTES, RING_RX, (int) value);
                case RING_TX -> change(arena, device, GET_RINGS, SET_RINGS, RINGS_BYTES, RING_TX, (int) value);
                case CHANNELS -> change(arena, device, GET_CHANNELS, SET_CHANNELS, CHANNELS_BYTES, CHANNELS_COMBINED, (int) value);
                case GRO, TSO, GSO, LRO -> changeFeature(arena, device, knob.label(), value != 0);
            };
            if (result < 0) {
                throw new HostException(device + " refuses '" + knob.command(device, value) + "': " + Libc.describe(-result));
            }
        }
    }

    private static int change(Arena arena, String device, int get, int set, int bytes, int field, int value) {
        MemorySegment settings = command(arena, get, bytes);
        int result = ask(device, settings);
        if (result < 0) {
            return result;
        }
        settings.set(JAVA_INT, 0, set);
        settings.set(JAVA_INT, field, value);
        return ask(device, settings);
    }

    private static int changeFeature(Arena arena, String device, String feature, boolean on) {
        List<String> names = strings(arena, device, STRINGS_FEATURES);
        int index = names.indexOf(feature);
        if (index < 0) {
            throw new HostException(device + " has no feature " + feature);
        }
        int blocks = (names.size() + 31) / 32;
        MemorySegment request = command(arena, SET_FEATURES, 8 + 8L * blocks);
        request.set(JAVA_INT, 4, blocks);
        long block = 8 + 8L * (index / 32);
        request.set(JAVA_INT, block, 1 << index % 32);
        request.set(JAVA_INT, block + 4, on ? 1 << index % 32 : 0);
        return ask(device, request);
    }

    private static List<String> strings(Arena arena, String device, int set) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            MemorySegment info = command(arena, GET_SET_INFO, 20);
            info.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, 1L << set);
            if (ask(device, info) < 0 || info.get(ValueLayout.JAVA_LONG_UNALIGNED, 8) == 0) {
                return List.of();
            }
            int count = info.get(JAVA_INT, 16);
            MemorySegment reply = table(arena, GET_STRINGS, 12, STRING_BYTES, count);
            reply.set(JAVA_INT, 4, set);
            reply.set(JAVA_INT, 8, count);
            if (ask(device, reply) < 0) {
                return List.of();
            }
            if (reply.get(JAVA_INT, 8) == count) {
                return IntStream.range(0, count).mapToObj(i -> string(reply, 12 + (long) STRING_BYTES * i)).toList();
            }
        }
        return List.of();
    }

    /**
     * A command whose reply is as long as the driver's list is by then, whatever length was asked for: older kernels do not heed that, and
     * a device may have been given more queues meanwhile.
     */
    private static MemorySegment table(Arena arena, int command, int header, int entryBytes, int count) {
        return command(arena, command, header + 2L * entryBytes * count + SLACK_BYTES);
    }

    private static MemorySegment command(Arena arena, int command, long bytes) {
        MemorySegment segment = arena.allocate(bytes, 8);
        segment.set(JAVA_INT, 0, command);
        return segment;
    }

    private static String string(MemorySegment reply, long offset) {
        byte[] bytes = reply.asSlice(offset, STRING_BYTES).toArray(ValueLayout.JAVA_BYTE);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.ISO_8859_1).strip();
    }

    /** Sends one command and leaves the reply in its place; zero or minus errno. */
    private static int ask(String device, MemorySegment data) {
        int socket = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM_CLOEXEC, 0);
        if (socket < 0) {
            return socket;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(40, 8);
            byte[] name = device.getBytes(StandardCharsets.ISO_8859_1);
            MemorySegment.copy(name, 0, request, ValueLayout.JAVA_BYTE, 0, Math.min(name.length, NAME_BYTES - 1));
            request.set(JAVA_LONG, NAME_BYTES, data.address());
            return Libc.ioctl(socket, SIOCETHTOOL, request);
        } finally {
            Libc.close(socket);
        }
    }
}
