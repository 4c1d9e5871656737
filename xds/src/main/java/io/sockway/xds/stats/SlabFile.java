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
            if (abi != SlabLayout.ABI) {
                throw new IOException("%s has layout %d, of another build of the plugin; this one reads layout %d"
                        .formatted(path, abi, SlabLayout.ABI));
            }
            workers = memory.get(ValueLayout.JAVA_INT, SlabLayout.Header.WORKERS);
            workerBytes = memory.get(ValueLayout.JAVA_LONG, SlabLayout.Header.WORKER_BYTES);
            if (workers < 1 || workers > MOST_WORKERS || workerBytes < SlabLayout.PAGE * (1L + SlabLayout.FIRST)
                    || workerBytes % SlabLayout.PAGE != 0 || workerBytes > memory.byteSize()
                    || memory.byteSize() != SlabLayout.PAGE + workers * workerBytes) {
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
        return (int) Math.min(used, workerBytes / SlabLayout.PAGE - 1);
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

    /** Changes whenever the series does. */
    int sequence(int worker, int series) {
        return (int) SlabLayout.INT.getAcquire(memory, seriesOffset(worker, series) + SlabLayout.Entry.SEQUENCE);
    }

    /**
     * Copies a series as it was at one moment.
     *
     * @param settled whether nobody writes any more: then a series whose writer died in the middle of a change is taken as it is
     * @return false if the writer was in the way each time
     */
    boolean copy(int worker, int series, byte[] page, boolean settled) {
        long offset = seriesOffset(worker, series);
        for (int tries = 0; tries < TRIES; tries++) {
            int before = (int) SlabLayout.INT.getAcquire(memory, offset + SlabLayout.Entry.SEQUENCE);
            if (before % 2 == 0 || settled) {
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, page, 0, SlabLayout.PAGE);
                VarHandle.loadLoadFence();
                if (before == (int) SlabLayout.INT.getOpaque(memory, offset + SlabLayout.Entry.SEQUENCE)) {
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

    private long workerOffset(int worker) {
        return SlabLayout.PAGE + worker * workerBytes;
    }

    private long seriesOffset(int worker, int series) {
        return workerOffset(worker) + SlabLayout.PAGE * (1L + series);
    }
}
