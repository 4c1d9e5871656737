package io.sockway.xds.stats;

import java.util.Arrays;

/** The labels of a series as they are in a slab. {@code bytes} are not changed. */
record SeriesKey(byte[] bytes) {
    private static final int FROM = SlabLayout.Entry.LABELS;
    private static final int FIXED = 8 + SlabLayout.Entry.COUNTERS - FROM;

    static SeriesKey of(byte[] copy) {
        int text = (int) SlabLayout.COPIED_INT.get(copy, SlabLayout.Entry.TEXT_BYTES);
        byte[] bytes = new byte[FIXED + text];
        System.arraycopy(copy, SlabLayout.Entry.FLAGS, bytes, 0, 8);
        System.arraycopy(copy, FROM, bytes, 8, SlabLayout.Entry.COUNTERS - FROM);
        System.arraycopy(copy, SlabLayout.Entry.TEXT, bytes, FIXED, text);
        return new SeriesKey(bytes);
    }

    /**
     * A key that was kept elsewhere.
     *
     * @throws RuntimeException if these are no labels
     */
    static SeriesKey checked(byte[] bytes) {
        SeriesKey key = new SeriesKey(bytes);
        key.series();
        return key;
    }

    /** The series with these labels, which has counted nothing. */
    Series series() {
        byte[] copy = new byte[SlabLayout.Entry.TEXT + bytes.length - FIXED];
        System.arraycopy(bytes, 0, copy, SlabLayout.Entry.FLAGS, 8);
        System.arraycopy(bytes, 8, copy, FROM, SlabLayout.Entry.COUNTERS - FROM);
        System.arraycopy(bytes, FIXED, copy, SlabLayout.Entry.TEXT, bytes.length - FIXED);
        return Series.of(copy);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeriesKey(byte[] others) && Arrays.equals(bytes, others);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
