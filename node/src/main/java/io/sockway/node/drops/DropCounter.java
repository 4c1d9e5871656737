package io.sockway.node.drops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.bpf.Errno;
import io.sockway.bpf.NetworkNamespace;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Counts drops from {@link #start} to {@link #close}; the kernel forgets the program then, also when the process dies. In the node's
 * own network namespace it counts those of all namespaces, elsewhere only those of this one. Not thread-safe.
 */
public final class DropCounter implements AutoCloseable {
    private static final String FORMAT = "sys/kernel/tracing/events/skb/kfree_skb/format";
    private static final String TYPES = "sys/kernel/btf/vmlinux";
    private static final Pattern REASON = Pattern.compile("\\{ (\\d+), \"(\\w+)\" }");

    /** struct drop_key of drops.bpf.c. */
    private static final int KEY_SITE = 0;
    private static final int KEY_REASON = 8;
    private static final int KEY_NAMESPACE = 12;

    private final Host host;
    private final BpfMap counts;
    private final BpfLink link;
    private final long namespace;

    private DropCounter(Host host, BpfMap counts, BpfLink link, long namespace) {
        this.host = host;
        this.counts = counts;
        this.link = link;
        this.namespace = namespace;
    }

    private record Key(long site, int reason) {
    }

    /** What was counted up to a moment. */
    public static final class Mark {
        private final Map<Key, Long> counts;

        private Mark(Map<Key, Long> counts) {
            this.counts = counts;
        }
    }

    /**
     * Loads and attaches the program.
     *
     * @throws HostException with one line for people when the kernel does not let it or does not offer it
     */
    public static DropCounter start(Host host) {
        if (!host.has(TYPES)) {
            throw new HostException("the kernel's description of its own types is not there (/" + TYPES + "; CONFIG_DEBUG_INFO_BTF)");
        }
        try (BpfObject object = BpfObject.open("drops", program())) {
            object.load();
            try (BpfProgram program = object.program("sockway_drops")) {
                BpfLink link = program.linkTracepoint("skb/kfree_skb").orElseThrow(() ->
                        new HostException("the tracepoint skb:kfree_skb is not offered, or not to this user (CAP_PERFMON)"));
                String id = NetworkNamespace.ownId();
                long own = host.inNodeNamespace() || id == null ? 0 : Long.parseLong(id.replaceAll("\\D", ""));
                return new DropCounter(host, object.map("drop_counts"), link, own);
            }
        } catch (BpfException e) {
            throw new HostException(e.errno() == Errno.EPERM ? "loading a BPF program needs root (CAP_BPF and "
                    + "CAP_PERFMON)" : e.getMessage());
        }
    }

    /** Reads the counters. */
    public Mark mark() {
        Map<Key, Long> now = new HashMap<>();
        counts.forEach((key, value) -> {
            long from = Integer.toUnsignedLong(key.get(ValueLayout.JAVA_INT, KEY_NAMESPACE));
            if (namespace == 0 || from == namespace) {
                now.merge(new Key(key.get(ValueLayout.JAVA_LONG, KEY_SITE), key.get(ValueLayout.JAVA_INT, KEY_REASON)),
                        value.get(ValueLayout.JAVA_LONG, 0), Long::sum);
            }
        });
        return new Mark(now);
    }

    /** The drops between two moments, most first. */
    public List<Drop> between(Mark before, Mark after) {
        Map<Key, Long> fresh = new HashMap<>();
        after.counts.forEach((key, count) -> {
            long difference = count - before.counts.getOrDefault(key, 0L);
            if (difference > 0) {
                fresh.put(key, difference);
            }
        });
        return fresh.isEmpty() ? List.of() : named(fresh);
    }

    private List<Drop> named(Map<Key, Long> fresh) {
        Map<Long, String> sites = KernelSymbols.resolve(host, fresh.keySet().stream().map(Key::site).collect(Collectors.toSet()));
        Map<Integer, String> reasons = reasons();
        Map<List<String>, Long> byName = new HashMap<>();
        fresh.forEach((key, count) -> byName.merge(List.of(
                reasons.getOrDefault(key.reason(), key.reason() == 0 ? "NOT_SPECIFIED" : "reason " + key.reason()),
                sites.getOrDefault(key.site(), "0x" + Long.toHexString(key.site()))), count, Long::sum));
        List<Drop> drops = new ArrayList<>();
        byName.forEach((names, count) -> drops.add(new Drop(names.get(0), names.get(1), count)));
        drops.sort(Comparator.comparingLong(Drop::count).reversed().thenComparing(Drop::reason).thenComparing(Drop::site));
        return drops;
    }

    /** The numbers differ from kernel to kernel; the tracepoint's own format tells them. */
    private Map<Integer, String> reasons() {
        Map<Integer, String> names = new HashMap<>();
        Matcher matcher = REASON.matcher(host.text(FORMAT).orElse(""));
        while (matcher.find()) {
            names.put(Integer.parseInt(matcher.group(1)), matcher.group(2));
        }
        return names;
    }

    private static byte[] program() {
        try (InputStream resource = DropCounter.class.getResourceAsStream("drops.bpf.o")) {
            return resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        link.close();
        counts.close();
    }
}
