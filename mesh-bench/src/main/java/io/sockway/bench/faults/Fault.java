package io.sockway.bench.faults;

import io.sockway.bench.lab.Scope;
import java.util.List;
import java.util.stream.Stream;

/** Something that a node can suffer from, for one thread. */
enum Fault {
    INPUT_QUEUE("input-queue", "softnet-drops", "kernel-input", Place.NODE, Place.NODE, "MB/s by TCP", "enqueue_to_backlog") {
        /** Without segmentation offloads a send becomes many packets at once. */
        @Override
        void prepare(Bench bench, Scope scope) {
            bench.command(Place.CLIENT, "ethtool", "-K", bench.device(), "tso", "off", "gso", "off");
            bench.sysctl(scope, Place.NODE, "net.core.netdev_max_backlog", "10");
        }

        @Override
        Load load(Bench bench) {
            return Traffic.stream(bench);
        }
    },
    RPS("rps", "rps-off", "steering", Place.SERVER, Place.SERVER, "packets/s by UDP from one CPU", "one receive queue and no RPS") {
        @Override
        void prepare(Bench bench, Scope scope) {
        }

        @Override
        Load load(Bench bench) {
            return Traffic.datagrams(bench);
        }
    },
    PORTS("ports", "port-exhaustion", "tcp", Place.CLIENT, Place.CLIENT, "connections of 400", "local ports") {
        @Override
        void prepare(Bench bench, Scope scope) {
            bench.sysctl(scope, Place.CLIENT, "net.ipv4.ip_local_port_range", "40000 40099");
        }

        @Override
        Load load(Bench bench) {
            return Traffic.connections(bench, 400, true);
        }
    },
    LISTEN("listen", "listen-overflow", "tcp", Place.SERVER, Place.SERVER, "connections of 200", "waiting to be accepted") {
        @Override
        void prepare(Bench bench, Scope scope) {
            bench.sysctl(scope, Place.SERVER, "net.core.somaxconn", "4");
        }

        @Override
        Load load(Bench bench) {
            return Traffic.connections(bench, 200, false);
        }
    },
    CONNTRACK("conntrack", "conntrack-full", "conntrack", Place.CLIENT, Place.NODE, "connections of 1,400", "nf_conntrack") {
        @Override
        void prepare(Bench bench, Scope scope) {
            List<String> rule = List.of("OUTPUT", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP");
            scope.own(() -> {
                bench.command(Place.CLIENT, "iptables", "-A", rule);
                return () -> bench.command(Place.CLIENT, "iptables", "-D", rule);
            });
            bench.sysctl(scope, Place.NODE, "net.netfilter.nf_conntrack_max", "1024");
        }

        @Override
        Load load(Bench bench) {
            return Traffic.connections(bench, 1400, true);
        }
    };

    private final String label;
    private final String finding;
    private final String area;
    private final Place looked;
    private final Place tuned;
    private final String unit;
    private final String evidence;

    Fault(String label, String finding, String area, Place looked, Place tuned, String unit, String evidence) {
        this.label = label;
        this.finding = finding;
        this.area = area;
        this.looked = looked;
        this.tuned = tuned;
        this.unit = unit;
        this.evidence = evidence;
    }

    static Stream<Fault> all() {
        return Stream.of(values());
    }

    /** Its name in scenarios. */
    String label() {
        return label;
    }

    /** What doctor calls it. */
    String finding() {
        return finding;
    }

    /** What tune mends it by. */
    String area() {
        return area;
    }

    /** Where doctor sees it. */
    Place looked() {
        return looked;
    }

    /** Where the settings are. */
    Place tuned() {
        return tuned;
    }

    /** What its load counts. */
    String unit() {
        return unit;
    }

    /** What doctor's evidence has to tell. */
    String evidence() {
        return evidence;
    }

    /** Sets what provokes it; the scope puts back what outlives the pods. */
    abstract void prepare(Bench bench, Scope scope);

    /** The traffic that suffers from it. */
    abstract Load load(Bench bench);
}
