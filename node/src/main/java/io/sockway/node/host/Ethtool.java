package io.sockway.node.host;

import java.util.Map;
import java.util.Optional;

/** What ethtool tells of network devices and sets in them. A device that does not offer something answers empty. Thread-safe. */
public interface Ethtool {
    /** The driver's name, for example {@code veth}. */
    Optional<String> driver(String device);

    /** Sizes of the descriptor rings. */
    Optional<Rings> rings(String device);

    /** Numbers of queues. */
    Optional<Channels> channels(String device);

    /** Whether an offload is on, by the kernel's name of it, for example {@code rx-gro}. */
    Map<String, Feature> features(String device);

    /** The driver's own counters by their names. */
    Map<String, Long> statistics(String device);

    /**
     * Changes one setting of a device.
     *
     * @throws HostException when the device refuses, with its reason
     */
    void set(String device, Knob knob, long value);

    /** Descriptors in the receive and send rings, and what the device offers at most. */
    record Rings(int rx, int rxMax, int tx, int txMax) {
    }

    /** Queues that share a receive and a send side, and queues of one side. */
    record Channels(int combined, int combinedMax, int rx, int rxMax) {
        /** Receive queues in use. */
        public int receiving() {
            return combined + rx;
        }

        /** Receive queues that there can be. */
        public int receivingMax() {
            return combinedMax + rxMax;
        }
    }

    /** An offload; a fixed one cannot be changed. */
    record Feature(boolean on, boolean fixed) {
    }

    /** The settings that {@link Ethtool#set} changes. */
    enum Knob {
        /** Descriptors of the receive ring. */
        RING_RX("ring-rx", "-G", "rx"),
        /** Descriptors of the send ring. */
        RING_TX("ring-tx", "-G", "tx"),
        /** Combined queues. */
        CHANNELS("channels-combined", "-L", "combined"),
        /** Generic receive offload, 0 or 1. */
        GRO("rx-gro", "-K", "gro"),
        /** TCP segmentation offload, 0 or 1. */
        TSO("tx-tcp-segmentation", "-K", "tso"),
        /** Generic segmentation offload, 0 or 1. */
        GSO("tx-generic-segmentation", "-K", "gso"),
        /** Large receive offload, 0 or 1. */
        LRO("rx-lro", "-K", "lro");

        private final String label;
        private final String option;
        private final String word;

        Knob(String label, String option, String word) {
            this.label = label;
            this.option = option;
            this.word = word;
        }

        /** The name in plans and journals; for an offload the kernel's own. */
        public String label() {
            return label;
        }

        /** Whether it is on or off. */
        public boolean isFeature() {
            return option.equals("-K");
        }

        /** The command that does the same, for example {@code ethtool -G eth0 rx 4096}. */
        public String command(String device, long value) {
            return "ethtool " + option + " " + device + " " + word + " " + (isFeature() ? value == 0 ? "off" : "on" : value);
        }
    }
}
