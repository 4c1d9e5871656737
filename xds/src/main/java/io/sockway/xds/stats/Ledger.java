package io.sockway.xds.stats;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * What a reader knows that is in no slab any more, in a file beside them: so that the next reader, after however sudden an end of this
 * one, neither forgets what was counted nor counts it twice.
 *
 * @param gone names of slabs that were read to their end
 * @param workers by slab and worker, what was added elsewhere of what its evicted series held
 * @param retired what series got from places that they do not have any more
 * @param overflow the same for the overflow series
 */
record Ledger(Set<String> gone, Map<Worker, Moved> workers, Map<SeriesKey, long[]> retired, long[] overflow) {
    private static final String FILE = "sockway.ledger";
    private static final String PART = "sockway.ledger.part";
    private static final long MAGIC = 0x534b57594c454447L;
    private static final int FORMAT = 1;
    private static final int LIMIT = 1 << 24;

    /** A worker of a slab. */
    record Worker(String slab, int number) {
    }

    /** What evicted series held: in series that have been shown, and in the overflow series. */
    record Moved(long[] placed, long[] unplaced) {
        Moved() {
            this(new long[Series.NUMBERS], new long[Series.NUMBERS]);
        }
    }

    /** Nothing is known. */
    static Ledger empty() {
        return new Ledger(new TreeSet<>(), new HashMap<>(), new HashMap<>(), new long[Series.NUMBERS]);
    }

    /**
     * What the last reader left in the folder.
     *
     * @throws IOException if there is something that cannot be read
     */
    static Ledger read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        CRC32 sum = new CRC32();
        Ledger ledger = empty();
        try (DataInputStream in = new DataInputStream(new CheckedInputStream(new BufferedInputStream(
                Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)), sum))) {
            if (in.readLong() != MAGIC || in.readInt() != FORMAT || in.readInt() != Series.NUMBERS) {
                throw new IOException("it is of another build");
            }
            for (int left = count(in); left > 0; left--) {
                ledger.gone.add(in.readUTF());
            }
            for (int left = count(in); left > 0; left--) {
                ledger.workers.put(new Worker(in.readUTF(), in.readInt()), new Moved(numbers(in), numbers(in)));
            }
            for (int left = count(in); left > 0; left--) {
                byte[] key = new byte[count(in)];
                in.readFully(key);
                ledger.retired.put(SeriesKey.checked(key), numbers(in));
            }
            System.arraycopy(numbers(in), 0, ledger.overflow, 0, Series.NUMBERS);
            if (sum.getValue() != in.readLong()) {
                throw new IOException("its checksum is wrong");
            }
            return ledger;
        } catch (NoSuchFileException e) {
            return empty();
        } catch (IOException | RuntimeException e) {
            throw new IOException(file + " is not usable, so counters start anew: " + e.getMessage(), e);
        }
    }

    /** Replaces the folder's in one step. */
    void write(Path folder) throws IOException {
        Path part = folder.resolve(PART);
        CRC32 sum = new CRC32();
        // Others may write in the folder too: a link that they made is not followed.
        Files.deleteIfExists(part);
        try (DataOutputStream out = new DataOutputStream(new CheckedOutputStream(new BufferedOutputStream(
                Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)), sum))) {
            out.writeLong(MAGIC);
            out.writeInt(FORMAT);
            out.writeInt(Series.NUMBERS);
            out.writeInt(gone.size());
            for (String name : gone) {
                out.writeUTF(name);
            }
            out.writeInt(workers.size());
            for (Map.Entry<Worker, Moved> worker : workers.entrySet()) {
                out.writeUTF(worker.getKey().slab());
                out.writeInt(worker.getKey().number());
                write(out, worker.getValue().placed());
                write(out, worker.getValue().unplaced());
            }
            out.writeInt(retired.size());
            for (Map.Entry<SeriesKey, long[]> series : retired.entrySet()) {
                out.writeInt(series.getKey().bytes().length);
                out.write(series.getKey().bytes());
                write(out, series.getValue());
            }
            write(out, overflow);
            // What CheckedOutputStream has seen is what was written so far.
            out.writeLong(sum.getValue());
        }
        Files.move(part, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > LIMIT) {
            throw new IOException("it is damaged");
        }
        return count;
    }

    /** Most numbers are small or zero, and take a byte then. */
    private static void write(DataOutputStream out, long[] numbers) throws IOException {
        for (long number : numbers) {
            long rest = number;
            for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
                out.write((int) (rest & 0x7f | 0x80));
            }
            out.write((int) rest);
        }
    }

    private static long[] numbers(DataInputStream in) throws IOException {
        long[] numbers = new long[Series.NUMBERS];
        for (int i = 0; i < numbers.length; i++) {
            int shift = 0;
            int octet;
            do {
                octet = in.readUnsignedByte();
                numbers[i] |= (octet & 0x7fL) << shift;
                shift += 7;
            } while ((octet & 0x80) != 0 && shift < 64);
        }
        return numbers;
    }
}
