package io.sockway.bench.scenario;

import java.util.Locale;
import java.util.Optional;

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
     * @param of the share of a saturation that it is, if it is one: that is what it has in common with the same load of another run
     */
    record PerSecond(double requests, Optional<Share> of) implements Rate {
        /** A rate that somebody chose. */
        public PerSecond(double requests) {
            this(requests, Optional.empty());
        }

        @Override
        public String label() {
            return of.map(Share::label).orElseGet(() -> String.format(Locale.ROOT, "%,.0f/s", requests));
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
            return new PerSecond(saturation * percent / 100, Optional.of(this));
        }

        @Override
        public String label() {
            return String.format(Locale.ROOT, "%.0f %% of saturation", percent);
        }
    }

    /** How people read it. */
    String label();
}
