package io.sockway.sockops;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Draws lists of socket operations, and makes a list that fails short. */
final class FlowFuzz {
    private static final int LARGEST = 40_000;
    /** No more than this is ever unread, so that no send has to wait. */
    private static final int MOST_UNREAD = 48_000;
    private static final double REOPEN_CHANCE = 0.1;

    /** What an end of a connection may do. */
    enum Operation {
        SEND(400), RECV(440), PEEK(70), POLL(50), QUEUE(30), SHUT(4), CLOSE(3), RESET(3),
        /** Replaces both ends; drawn only for a connection of which an end is closed. */
        OPEN(0);

        private static final int SUM = IntStream.of(weights()).sum();

        private final int weight;

        Operation(int weight) {
            this.weight = weight;
        }

        boolean counts() {
            return this == SEND || this == RECV || this == PEEK;
        }

        static Operation draw(SplittableRandom random) {
            int left = random.nextInt(SUM);
            int drawn = 0;
            while (left >= values()[drawn].weight) {
                left -= values()[drawn++].weight;
            }
            return values()[drawn];
        }

        private static int[] weights() {
            return List.of(values()).stream().mapToInt(operation -> operation.weight).toArray();
        }
    }

    /**
     * One operation; its text is what {@code fuzz.py} reads.
     *
     * @param operation what to do
     * @param connection on which
     * @param end 0 or 1
     * @param count of bytes, where the operation has one
     */
    record Step(Operation operation, int connection, int end, int count) {
        @Override
        public String toString() {
            String text = operation.name().toLowerCase(Locale.ROOT) + ":" + connection + ":" + end;
            return operation.counts() ? text + ":" + count : text;
        }
    }

    /** What the generator knows of an end. */
    private static final class End {
        private int unread;
        private boolean shut;
        private boolean closed;
        /** The other end has answered with a reset, and no call has reported that yet. */
        private boolean failed;
    }

    private FlowFuzz() {
    }

    static List<Step> draw(long seed, int connections, int length) {
        SplittableRandom random = new SplittableRandom(seed);
        End[][] ends = new End[connections][];
        for (int i = 0; i < connections; i++) {
            ends[i] = new End[] {new End(), new End()};
        }
        List<Step> steps = new ArrayList<>();
        while (steps.size() < length) {
            int connection = random.nextInt(connections);
            End[] pair = ends[connection];
            if ((pair[0].closed || pair[1].closed) && random.nextDouble() < REOPEN_CHANCE || pair[0].closed && pair[1].closed) {
                ends[connection] = new End[] {new End(), new End()};
                steps.add(new Step(Operation.OPEN, connection, 0, 0));
                continue;
            }
            int side = pair[0].closed ? 1 : pair[1].closed ? 0 : random.nextInt(2);
            Step step = new Step(Operation.draw(random), connection, side, size(random));
            if (follow(step, pair[side], pair[1 - side])) {
                steps.add(step);
            }
        }
        return steps;
    }

    /** Log-uniform. */
    private static int size(SplittableRandom random) {
        return Math.clamp(Math.round(Math.exp(random.nextDouble() * Math.log(LARGEST))), 1, LARGEST);
    }

    /** False when the step is to be left out. */
    private static boolean follow(Step step, End own, End other) {
        switch (step.operation()) {
            case SEND -> {
                // Left out, known: inside a sockmap a send that fails by the other end's reset does not use up the error
                // (tcp_bpf_sendmsg), so that the next call reports it a second time.
                if (own.failed || other.unread + step.count() > MOST_UNREAD) {
                    return false;
                }
                if (other.closed) {
                    own.failed = true;
                } else if (!own.shut) {
                    other.unread += step.count();
                }
            }
            case RECV, PEEK -> {
                if (own.unread == 0) {
                    own.failed = false;
                }
                if (step.operation() == Operation.RECV) {
                    own.unread -= Math.min(own.unread, step.count());
                }
            }
            case SHUT -> own.shut = true;
            case CLOSE -> {
                // Left out, known: a close with unread redirected bytes shows as FIN where TCP sends a reset.
                if (own.unread > 0) {
                    return false;
                }
                own.closed = true;
            }
            case RESET -> {
                own.closed = true;
                other.failed = true;
            }
            default -> {
            }
        }
        return true;
    }

    /** Leaves out pieces of a list, ever smaller ones, as long as the rest still fails (delta debugging). */
    static List<Step> shrink(List<Step> failing, Predicate<List<Step>> fails) {
        List<Step> steps = failing;
        for (int piece = Math.ceilDiv(steps.size(), 2); piece > 0; piece = piece == 1 ? 0 : Math.ceilDiv(piece, 2)) {
            for (int from = steps.size() - piece; from > -piece; from -= piece) {
                List<Step> rest = new ArrayList<>(steps);
                rest.subList(Math.max(from, 0), Math.min(from + piece, steps.size())).clear();
                if (fails.test(rest)) {
                    steps = rest;
                }
            }
        }
        return steps;
    }
}
