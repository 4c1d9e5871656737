package io.sockway.xds.transport;

import java.util.concurrent.ThreadFactory;

/**
 * Event loops to open.
 *
 * @param count of loops, each with a thread
 * @param ringEntries of each, where there are rings: the kernel accounts them as locked memory
 * @param threads makes the threads
 */
public record Loops(int count, int ringEntries, ThreadFactory threads) {
    /** Plenty for one listening socket and a few connections. */
    private static final int FEW_ENTRIES = 64;

    /** One for a server that few connect to. */
    public static Loops one(String thread) {
        return new Loops(1, FEW_ENTRIES, Thread.ofPlatform().name(thread).daemon().factory());
    }

    /** So many, with threads that are numbered. */
    public static Loops of(int count, int ringEntries, String threads) {
        return new Loops(count, ringEntries, Thread.ofPlatform().name(threads, 0).daemon().factory());
    }
}
