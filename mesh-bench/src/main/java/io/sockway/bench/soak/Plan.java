package io.sockway.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What happens on one connection, drawn from the seed and its number: both ends draw the same.
 *
 * <p>A connection is a row of exchanges: mostly turns (a message, then its answer), sometimes streams both ways at once. Sizes are
 * log-uniform, up to a largest one that is itself log-uniform. It ends by either end's close, a half-close or a reset.
 *
 * @param client what the connecting end does
 * @param server what the accepting end does
 * @param up length of the client's stream
 * @param down length of the server's stream
 * @param writeSize most bytes in one write
 * @param readSize most bytes in one read
 */
record Plan(List<Step> client, List<Step> server, long up, long down, int writeSize, int readSize) {
    /** The client's stream begins with the connection's number, in plain bytes before the checked ones. */
    static final int HEADER = Long.BYTES;
    static final int LARGEST = 1 << 20;

    private static final long STREAM_SALT = 0x5EED50A4L;
    private static final int MOST_TURNS = 120;
    private static final long MOST_BYTES = 3L << 20;
    private static final int LEAST_IO = 1 << 10;
    private static final int MOST_PAUSE_MILLIS = 40;
    private static final double STREAM_CHANCE = 0.04;
    private static final double PAUSE_CHANCE = 0.2;
    private static final double RESET_CHANCE = 0.15;
    private static final double HALF_CLOSE_CHANCE = 0.3;

    static Plan of(long seed, long connection) {
        return new Author(new SplittableRandom(Pattern.mix(seed ^ STREAM_SALT) + connection)).write();
    }

    List<Step> steps(Direction sending) {
        return sending == Direction.UP ? client : server;
    }

    long length(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** True when one end ends the connection by a reset. */
    boolean reset() {
        return client.getLast() instanceof Step.AwaitReset || server.getLast() instanceof Step.AwaitReset;
    }

    /** Draws a plan. */
    private static final class Author {
        private final SplittableRandom random;
        private final List<Step> client = new ArrayList<>();
        private final List<Step> server = new ArrayList<>();
        private long up;
        private long down;

        Author(SplittableRandom random) {
            this.random = random;
        }

        Plan write() {
            int largest = logUniform(LARGEST);
            // A small write size would make a large message thousands of system calls.
            int writeSize = Math.max(Math.min(largest, LEAST_IO), logUniform(LARGEST));
            int readSize = Math.max(Math.min(largest, LEAST_IO), logUniform(LARGEST));
            int exchanges = logUniform(MOST_TURNS);
            for (int i = 0; i < exchanges && up + down < MOST_BYTES; i++) {
                if (random.nextDouble() < STREAM_CHANCE) {
                    both(logUniform(LARGEST), logUniform(LARGEST));
                } else {
                    turn(client, server, logUniform(largest), logUniform(largest));
                }
            }
            if (random.nextDouble() < RESET_CHANCE) {
                boolean byClient = random.nextBoolean();
                reset(byClient, logUniform(largest));
            } else {
                end();
            }
            return new Plan(List.copyOf(client), List.copyOf(server), up, down, writeSize, readSize);
        }

        private void turn(List<Step> first, List<Step> second, long request, long answer) {
            pause(first);
            up += request;
            first.add(new Step.Send(up));
            pause(second);
            second.add(new Step.Receive(up));
            pause(second);
            down += answer;
            second.add(new Step.Send(down));
            pause(first);
            first.add(new Step.Receive(down));
        }

        private void both(long upwards, long downwards) {
            up += upwards;
            down += downwards;
            client.add(new Step.Send(up));
            server.add(new Step.Send(down));
            pause(client);
            client.add(new Step.Receive(down));
            pause(server);
            server.add(new Step.Receive(up));
        }

        /** The end that resets has first sent something that may or may not get there. */
        private void reset(boolean byClient, long last) {
            if (byClient) {
                up += last;
                client.add(new Step.Send(up));
                pause(client);
                client.add(new Step.Reset());
                server.add(new Step.AwaitReset());
            } else {
                down += last;
                server.add(new Step.Send(down));
                pause(server);
                server.add(new Step.Reset());
                client.add(new Step.AwaitReset());
            }
            // No digest is sent; the room for it keeps the last bytes ordinary ones.
            up += Digests.LENGTH;
            down += Digests.LENGTH;
        }

        private void end() {
            boolean clientFirst = random.nextBoolean();
            List<Step> first = clientFirst ? client : server;
            List<Step> second = clientFirst ? server : client;
            long late = 0;
            if (random.nextDouble() < HALF_CLOSE_CHANCE) {
                late = logUniform(LARGEST);
            }
            up += Digests.LENGTH + (clientFirst ? 0 : late);
            down += Digests.LENGTH + (clientFirst ? late : 0);
            first.add(new Step.Send(clientFirst ? up : down));
            first.add(new Step.HalfClose());
            pause(first);
            first.add(new Step.End());
            pause(second);
            second.add(new Step.End());
            second.add(new Step.Send(clientFirst ? down : up));
            pause(second);
            second.add(new Step.HalfClose());
        }

        private void pause(List<Step> steps) {
            if (random.nextDouble() < PAUSE_CHANCE) {
                steps.add(new Step.Pause(random.nextInt(1, MOST_PAUSE_MILLIS)));
            }
        }

        /** 1 to {@code most}; every order of magnitude is as likely as any other. */
        private int logUniform(int most) {
            return Math.clamp(Math.round(Math.exp(random.nextDouble() * Math.log(most + 1.0))), 1, most);
        }
    }
}
