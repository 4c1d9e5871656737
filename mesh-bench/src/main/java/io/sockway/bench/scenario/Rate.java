package io.sockway.bench.scenario;

import java.util.Locale;

/** How often requests are sent. */
public sealed interface Rate {
    /** A closed loop: the next request goes when an answer is there. */
    record Closed() implements Rate {
        @Override
        public String label() {
            return "closed loop";
        }
    }

    /**
     * An open loop: a fixed schedule, whatever the answers do.
     *
     * @param requests a second, over all connections
     */
    record PerSecond(double requests) implements Rate {
        @Override
        public String label() {
            return String.format(Locale.ROOT, "%,.0f/s", requests);
        }
    }

    /**
     * An open loop at a part of what the baseline does in a closed one, which is measured first.
     *
     * @param percent of the saturation, more than 0
     */
    record Share(double percent) implements Rate {
        /** The rate that it stands for. */
        public PerSecond of(double saturation) {
            return new PerSecond(saturation * percent / 100);
        }

        @Override
        public String label() {
            return String.format(Locale.ROOT, "%.0f %% of saturation", percent);
        }
    }

    /** How people read it. */
    String label();
}
