package io.sockway.xds.stats;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The layout of {@code slab.h}, by offsets in bytes. A test compares it with the compiler's. */
final class SlabLayout {
    static final long MAGIC = 0x42414c5359574b53L;
    static final int ABI = 2;
    /** The same layout, and the file ends with the last worker. */
    static final int ABI_WITHOUT_MORE_TEXT = 1;
    static final String SUFFIX = ".slab";
    static final int PAGE = 4096;
    /** What each series has at the end of the file, for texts that its page has no room for. */
    static final int MORE_TEXT = 2 * PAGE;
    /** A series and all of its text, one behind the other. */
    static final int WHOLE_SERIES = PAGE + MORE_TEXT;

    static final int OVERFLOW = 0;
    static final int EVICTED = 1;
    static final int FIRST = 2;

    static final int UNIT_BUCKETS = 11;
    static final int[] MANTISSAS = {10, 12, 14, 16, 18, 20, 25, 30, 36, 40, 45, 50, 60, 70, 80, 90};
    static final int DURATION_BUCKETS = UNIT_BUCKETS + 9 * MANTISSAS.length + 1;
    static final int BYTES_BUCKETS = UNIT_BUCKETS + 7 * MANTISSAS.length + 1;

    static final Label FIRST_TEXT = Label.SOURCE_WORKLOAD;
    static final Label LAST_TEXT = Label.DESTINATION_SERVICE_NAMESPACE;
    static final int NO_GRPC_STATUS = 0xffff;

    /** Of the file. */
    static final class Header {
        static final int MAGIC = 0;
        static final int ABI = 8;
        static final int WORKERS = 12;
        static final int GENERATION = 16;
        static final int CREATED_UNIX_NS = 24;
        static final int WORKER_BYTES = 32;
        static final int MAX_SERIES = 40;
        static final int IDLE_SECONDS = 44;

        private Header() {
        }
    }

    /** Of a worker's part. */
    static final class Worker {
        static final int USED = 0;
        static final int LIVE = 4;
        static final int EVICTIONS = 8;
        static final int OVERFLOWS = 16;
        static final int OVERSIZED = 24;
        static final int UNROOMED = 32;

        private Worker() {
        }
    }

    /** Of a series. */
    static final class Entry {
        static final int SEQUENCE = 0;
        static final int INCARNATION = 4;
        static final int FLAGS = 8;
        static final int LAST_UNIX_S = 16;
        static final int LABELS = 24;
        static final int CODE = 28;
        static final int GRPC_STATUS = 30;
        static final int KIND = 32;
        static final int REPORTER = 33;
        static final int PROTOCOL = 34;
        static final int POLICY = 35;
        static final int TEXT_BYTES = 36;
        /** The first of the counters, in the order of {@link Series.Counter}. */
        static final int COUNTERS = 40;
        static final int DURATION_BUCKETS = COUNTERS + 8 * 11;
        static final int REQUEST_BYTES_BUCKETS = DURATION_BUCKETS + 8 * SlabLayout.DURATION_BUCKETS;
        static final int RESPONSE_BYTES_BUCKETS = REQUEST_BYTES_BUCKETS + 8 * BYTES_BUCKETS;
        static final int TEXT = RESPONSE_BYTES_BUCKETS + 8 * BYTES_BUCKETS;
        static final int OWN_TEXT_BYTES = PAGE - TEXT;

        private Entry() {
        }
    }

    /** Reads an int in a segment, by offset, with the access mode that is called for. */
    static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    /** Reads a long in a segment, by offset. */
    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** Numbers in a copied series. */
    static final VarHandle COPIED_LONG = MethodHandles.byteArrayViewVarHandle(long[].class, java.nio.ByteOrder.nativeOrder());
    static final VarHandle COPIED_INT = MethodHandles.byteArrayViewVarHandle(int[].class, java.nio.ByteOrder.nativeOrder());
    static final VarHandle COPIED_SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, java.nio.ByteOrder.nativeOrder());

    private SlabLayout() {
    }

    /** The highest value that a bucket of a histogram holds; {@link Long#MAX_VALUE} for the last. */
    static long upperBound(int bucket, int buckets) {
        if (bucket < UNIT_BUCKETS) {
            return bucket;
        }
        if (bucket == buckets - 1) {
            return Long.MAX_VALUE;
        }
        int next = bucket - UNIT_BUCKETS + 1;
        long power = 1;
        for (int decade = 0; decade < next / MANTISSAS.length; decade++) {
            power *= 10;
        }
        return MANTISSAS[next % MANTISSAS.length] * power;
    }
}
