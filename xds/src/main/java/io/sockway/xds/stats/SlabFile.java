package io.sockway.xds.stats;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One slab, mapped: it stays readable when its file is removed. Owns the mapping and a descriptor until closed. */
final class SlabFile implements AutoCloseable {
    private static final int TRIES = 1000;
    /** More than Envoy has on any machine. */
    private static final int MOST_WORKERS = 1 << 14;

    private final Path path;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final int workers;
    private final long workerBytes;
    /** What each series has of more text. */
    private final int moreText;

    private SlabFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        try {
            memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            if (memory.byteSize() < SlabLayout.PAGE
                    || (long) SlabLayout.LONG.getAcquire(memory, (long) SlabLayout.Header.MAGIC) != SlabLayout.MAGIC) {
                throw new IOException(path + " is no slab");
            }
            int abi = memory.get(ValueLayout.JAVA_INT, SlabLayout.Header.ABI);
            if (abi != SlabLayout.ABI && abi != SlabLayout.ABI_WITHOUT_MORE_TEXT) {
                throw new IOException("%s has layout %d, of another build of the plugin; this one reads layouts %d and %d"
                        .formatted(path, abi, SlabLayout.ABI_WITHOUT_MORE_TEXT, SlabLayout.ABI));
            }
            moreText = abi == SlabLayout.ABI_WITHOUT_MORE_TEXT ? 0 : SlabLayout.MORE_TEXT;
            workers = memory.get(ValueLayout.JAVA_INT, SlabLayout.Header.WORKERS);
            workerBytes = memory.get(ValueLayout.JAVA_LONG, SlabLayout.Header.WORKER_BYTES);
            if (workers < 1 || workers > MOST_WORKERS || workerBytes < SlabLayout.PAGE * (1L + SlabLayout.FIRST)
                    || workerBytes % SlabLayout.PAGE != 0 || workerBytes > memory.byteSize()
                    || memory.byteSize() != moreTextOffset(workers, 0)) {
                throw new IOException("%s has %d bytes, not what its header tells: %d workers of %d bytes".formatted(path,
                        memory.byteSize(), workers, workerBytes));
            }
        } catch (IOException | RuntimeException | InternalError e) {
            arena.close();
            throw e;
        }
    }

    static SlabFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new SlabFile(path, channel);
        } catch (IOException | RuntimeException | InternalError e) {
            channel.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    int workers() {
        return workers;
    }

    /** Series below this one may be in use. */
    int used(int worker) {
        int used = (int) SlabLayout.INT.getAcquire(memory, workerOffset(worker) + SlabLayout.Worker.USED);
        return (int) Math.min(used, places());
    }

    int live(int worker) {
        return (int) SlabLayout.INT.getOpaque(memory, workerOffset(worker) + SlabLayout.Worker.LIVE);
    }

    long evictions(int worker) {
        return (long) SlabLayout.LONG.getOpaque(memory, workerOffset(worker) + SlabLayout.Worker.EVICTIONS);
    }

    long overflows(int worker) {
        return (long) SlabLayout.LONG.getOpaque(memory, workerOffset(worker) + SlabLayout.Worker.OVERFLOWS);
    }

    long oversized(int worker) {
        return (long) SlabLayout.LONG.getOpaque(memory, workerOffset(worker) + SlabLayout.Worker.OVERSIZED);
    }

    long unroomed(int worker) {
        return (long) SlabLayout.LONG.getOpaque(memory, workerOffset(worker) + SlabLayout.Worker.UNROOMED);
    }

    /** Changes whenever the series does. */
    int sequence(int worker, int series) {
        return (int) SlabLayout.INT.getAcquire(memory, seriesOffset(worker, series) + SlabLayout.Entry.SEQUENCE);
    }

    /**
     * Copies a series as it was at one moment. More text is not looked at where there is none: its pages would come into being.
     *
     * @param copy has room for {@link SlabLayout#WHOLE_SERIES}; what is behind the text stays as it is
     * @param settled whether nobody writes any more: then a series whose writer died in the middle of a change is taken as it is
     * @return false if the writer was in the way each time
     * @throws IllegalStateException if it has more text than there is room for
     */
    boolean copy(int worker, int series, byte[] copy, boolean settled) {
        long offset = seriesOffset(worker, series);
        for (int tries = 0; tries < TRIES; tries++) {
            int before = (int) SlabLayout.INT.getAcquire(memory, offset + SlabLayout.Entry.SEQUENCE);
            if (before % 2 == 0 || settled) {
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, copy, 0, SlabLayout.PAGE);
                int more = (int) SlabLayout.COPIED_INT.get(copy, SlabLayout.Entry.TEXT_BYTES) - SlabLayout.Entry.OWN_TEXT_BYTES;
                if (more > 0) {
                    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, moreTextOffset(worker, series), copy, SlabLayout.PAGE,
                            Math.min(more, moreText));
                }
                VarHandle.loadLoadFence();
                if (before == (int) SlabLayout.INT.getOpaque(memory, offset + SlabLayout.Entry.SEQUENCE)) {
                    if (more > moreText) {
                        throw new IllegalStateException("series with a text of " + (SlabLayout.Entry.OWN_TEXT_BYTES + more) + " bytes");
                    }
                    return true;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** Whether its writer is gone, which holds a lock on the first byte: then its numbers do not change any more. */
    boolean isFinal() throws IOException {
        try (FileLock lock = channel.tryLock(0, 1, true)) {
            return lock != null;
        } catch (OverlappingFileLockException e) {
            // Another reader of this process asks at the same moment.
            return false;
        }
    }

    /** Removes the file; a failure is no harm, since the plugin removes what is left when it starts. */
    void remove() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The folder may be writable for Envoy only.
        }
    }

    @Override
    public void close() throws IOException {
        arena.close();
        channel.close();
    }

    private long places() {
        return workerBytes / SlabLayout.PAGE - 1;
    }

    /** Of a series; that of the first one of a worker that is not there is where the file ends. */
    private long moreTextOffset(int worker, int series) {
        return workerOffset(workers) + (worker * places() + series) * moreText;
    }

    private long workerOffset(int worker) {
        return SlabLayout.PAGE + worker * workerBytes;
    }

    private long seriesOffset(int worker, int series) {
        return workerOffset(worker) + SlabLayout.PAGE * (1L + series);
    }
}
