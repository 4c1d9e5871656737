package io.sockway.bench.load;

/** When the requests without an answer were due, the oldest first. For one thread. */
final class Ring {
    private final long[] times;
    private int first;
    private int size;

    Ring(int capacity) {
        times = new long[Integer.highestOneBit(Math.max(1, capacity - 1)) << 1];
    }

    void add(long nanos) {
        times[first + size++ & times.length - 1] = nanos;
    }

    long remove() {
        long nanos = times[first];
        first = first + 1 & times.length - 1;
        size--;
        return nanos;
    }

    long oldest() {
        return size == 0 ? Long.MAX_VALUE : times[first];
    }

    int size() {
        return size;
    }
}
