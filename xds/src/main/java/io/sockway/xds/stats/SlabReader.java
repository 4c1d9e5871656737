package io.sockway.xds.stats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What the plugin has counted, added up over the workers of all Envoys that write, or wrote, into a folder. {@link #refresh} adds what has
 * changed in the slabs since the last time to the series, so that these never run backwards: not when the plugin evicts a series, nor when
 * Envoy restarts, hot or cold, with however many workers.
 *
 * <p>Refresh more often than the plugin's idle time (see {@link PluginConfig.Builder#idle}): what a series got between the last refresh and
 * its eviction is known in sum only, and added to the overflow series.
 *
 * <p>Thread-safe: calls take turns. Holds the slabs mapped until closed.
 */
public final class SlabReader implements AutoCloseable {
    private static final int FIRST_BUCKETS = SlabLayout.Entry.DURATION_BUCKETS;

    /**
     * How the reader and the plugin are.
     *
     * @param slabs slabs that are mapped: one for each Envoy that writes
     * @param series series that are shown
     * @param live series that are in use, summed over workers
     * @param evictions series that were evicted, in mapped slabs
     * @param overflows events that were counted in the overflow series, in mapped slabs
     * @param oversized those of them whose labels are too long together for a series
     * @param unroomed those of them whose labels are long, and for which the folder has no room
     * @param forgotten series that were shown no more since nothing had added to them for long
     * @param problems slabs that cannot be read, in words
     */
    public record Status(int slabs, int series, int live, long evictions, long overflows, long oversized, long unroomed,
            long forgotten, List<String> problems) {
    }

    private final Path folder;
    private final boolean owner;
    private final long retentionNanos;
    private final LongSupplier clock;
    private final Map<Path, SlabState> slabs = new TreeMap<>();
    private final Map<SeriesKey, Series> series = new HashMap<>();
    private final Series overflow = Series.overflow();
    /** The series that was copied last. */
    private final byte[] copy = new byte[SlabLayout.WHOLE_SERIES];
    private final long[] counted = new long[Series.NUMBERS];
    private final List<String> problems = new ArrayList<>();
    private final Ledger ledger;
    private String ledgerProblem = "";
    private boolean ledgerChanged;
    private long forgotten;
    private long membership;

    SlabReader(Path folder, boolean owner, Duration retention, LongSupplier nanoClock) {
        this.folder = folder;
        this.owner = owner;
        this.retentionNanos = retention.toNanos();
        this.clock = nanoClock;
        this.ledger = owner ? takeOver() : Ledger.empty();
    }

    /** Goes on where the last owner ended. */
    private Ledger takeOver() {
        Ledger left;
        try {
            left = Ledger.read(folder);
        } catch (IOException e) {
            ledgerProblem = e.getMessage();
            return Ledger.empty();
        }
        left.retired().forEach((key, numbers) -> {
            Series one = key.series();
            System.arraycopy(numbers, 0, one.numbers(), 0, numbers.length);
            one.abandoned(clock.getAsLong());
            series.put(key, one);
        });
        System.arraycopy(left.overflow(), 0, overflow.numbers(), 0, Series.NUMBERS);
        return left;
    }

    /** A reader that removes slabs of dead Envoys once it has read them: the one that serves metrics. */
    public static SlabReader owner(Path folder) {
        return new SlabReader(folder, true, Duration.ofHours(1), System::nanoTime);
    }

    /** A reader that changes nothing. */
    public static SlabReader observer(Path folder) {
        return new SlabReader(folder, false, Duration.ofHours(1), System::nanoTime);
    }

    /**
     * Brings the series up to date. A folder that is not there yet is an empty one.
     *
     * @throws IOException if the folder cannot be listed; slabs that cannot be read are named in {@link #status}
     */
    public synchronized void refresh() throws IOException {
        problems.clear();
        openNew();
        List<SlabState> left = new ArrayList<>();
        for (SlabState state : slabs.values()) {
            boolean settled = readWhole(state);
            if (settled && (owner || !Files.exists(state.file.path()))) {
                left.add(state);
            }
        }
        for (SlabState state : left) {
            slabs.remove(state.file.path());
            state.leave();
        }
        if (owner) {
            ledger.gone().removeIf(name -> !Files.exists(folder.resolve(name)));
            writeLedger();
        }
        for (SlabState state : left) {
            state.close();
            if (owner) {
                state.file.remove();
            }
        }
        long now = clock.getAsLong();
        int before = series.size();
        series.entrySet().removeIf(entry -> entry.getValue().abandonedFor(retentionNanos, now) && forget(entry.getKey()));
        forgotten += before - series.size();
        membership += before - series.size();
    }

    /** Whether nothing more will come of it. What is wrong with one slab does not keep others from being read. */
    private boolean readWhole(SlabState state) {
        boolean settled = false;
        try {
            // Asked before reading: nothing is written after a slab is final.
            settled = state.file.isFinal();
            if (state.damage.isEmpty()) {
                state.read(settled);
            }
        } catch (InternalError e) {
            // How the JVM tells of memory that is mapped and not there.
            state.damage = " was cut short by another program: " + e.getMessage();
            problems.add(state.file.path() + state.damage);
            return true;
        } catch (IOException | RuntimeException e) {
            state.damage = " was written by another program, and is not read any more: " + e;
        }
        if (!state.damage.isEmpty()) {
            problems.add(state.file.path() + state.damage);
        }
        return settled;
    }

    private boolean forget(SeriesKey key) {
        ledger.retired().remove(key);
        return true;
    }

    /** Before anybody sees what it is about: what was shown once is not shown again after a sudden end. */
    private void writeLedger() {
        if (ledgerChanged) {
            try {
                ledger.write(folder);
                ledgerChanged = false;
                ledgerProblem = "";
            } catch (IOException e) {
                ledgerProblem = "cannot keep counts in " + folder + ", which would be lost with this process: " + e;
            }
        }
        if (!ledgerProblem.isEmpty()) {
            problems.add(ledgerProblem);
        }
    }

    /**
     * Opens slabs that are new, so that they are kept even if their files are removed before the next {@link #refresh}, as an Envoy that
     * starts does with those of dead ones.
     *
     * @throws IOException if the folder cannot be listed
     */
    public synchronized void discover() throws IOException {
        openNew();
    }

    /** What is done with the series while nobody refreshes them. */
    interface Use {
        /** {@code membership} differs from that of another call whenever other series are shown. */
        void with(Iterable<Series> series, Series overflow, long membership) throws IOException;
    }

    /** {@link #refresh}, and then uses what came of it. */
    synchronized void refreshAnd(Use use) throws IOException {
        refresh();
        use.with(series.values(), overflow, membership);
    }

    /** Shows every series as of the last refresh, in no particular order, the overflow series last and only if it has counted anything. */
    public synchronized void forEach(Consumer<Series> consumer) {
        series.values().forEach(consumer);
        if (Arrays.stream(overflow.numbers()).anyMatch(number -> number != 0)) {
            consumer.accept(overflow);
        }
    }

    /** How things are as of the last refresh. */
    public synchronized Status status() {
        int live = 0;
        long evictions = 0;
        long overflows = 0;
        long oversized = 0;
        long unroomed = 0;
        for (SlabState state : slabs.values()) {
            for (WorkerState worker : state.workers) {
                live += worker.live;
                evictions += worker.evictions;
                overflows += worker.overflows;
                oversized += worker.oversized;
                unroomed += worker.unroomed;
            }
        }
        return new Status(slabs.size(), series.size(), live, evictions, overflows, oversized, unroomed, forgotten, List.copyOf(problems));
    }

    @Override
    public synchronized void close() throws IOException {
        for (SlabState state : slabs.values()) {
            state.close();
        }
        slabs.clear();
    }

    private void openNew() throws IOException {
        Collection<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SlabLayout.SUFFIX)) {
            files.forEach(found::add);
        } catch (NoSuchFileException e) {
            return;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path path : found) {
            if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && !slabs.containsKey(path)
                    && !ledger.gone().contains(path.getFileName().toString())) {
                try {
                    slabs.put(path, new SlabState(SlabFile.open(path)));
                } catch (NoSuchFileException e) {
                    // Removed since it was listed.
                    continue;
                } catch (AccessDeniedException e) {
                    problems.add(path + " may not be read: run this process as the user of Envoy, or as root");
                } catch (IOException e) {
                    problems.add(e.getMessage());
                } catch (InternalError e) {
                    problems.add(path + " was cut short while it was opened");
                }
            }
        }
    }

    /** Turns the copied series into the numbers of a series. */
    private void count() {
        for (int i = 0; i < Series.DURATION; i++) {
            counted[i] = copiedLong(SlabLayout.Entry.COUNTERS + 8 * i);
        }
        Arrays.fill(counted, Series.DURATION, counted.length, 0);
        countBuckets(FIRST_BUCKETS, HistogramBounds.DURATION, Series.DURATION);
        countBuckets(SlabLayout.Entry.REQUEST_BYTES_BUCKETS, HistogramBounds.BYTES, Series.REQUEST_SIZE);
        countBuckets(SlabLayout.Entry.RESPONSE_BYTES_BUCKETS, HistogramBounds.BYTES, Series.RESPONSE_SIZE);
    }

    private void countBuckets(int offset, HistogramBounds bounds, int first) {
        for (int bucket = 0; bucket < bounds.slabBuckets(); bucket++) {
            counted[first + bounds.target(bucket)] += copiedLong(offset + 8 * bucket);
        }
    }

    private long copiedLong(int offset) {
        return (long) SlabLayout.COPIED_LONG.get(copy, offset);
    }

    private int copiedInt(int offset) {
        return (int) SlabLayout.COPIED_INT.get(copy, offset);
    }

    /** A slab and how much of each of its series has been added so far. */
    private final class SlabState {
        private final SlabFile file;
        private final List<WorkerState> workers = new ArrayList<>();
        /** Why it is not read any more, in words that follow its name; empty while it is. */
        private String damage = "";

        SlabState(SlabFile file) {
            this.file = file;
            for (int i = 0; i < file.workers(); i++) {
                workers.add(new WorkerState(file, i));
            }
        }

        void read(boolean settled) {
            workers.forEach(worker -> worker.read(settled));
        }

        /** Its counts are what they are for ever, and the ledger's from now on. */
        void leave() {
            workers.forEach(WorkerState::leave);
            ledger.gone().add(file.path().getFileName().toString());
            ledgerChanged = true;
        }

        void close() throws IOException {
            file.close();
        }
    }

    /** A worker's part. */
    private final class WorkerState {
        private final SlabFile file;
        private final int worker;
        private Place[] places = new Place[SlabLayout.FIRST];
        /** What was added to series from places that were evicted since. */
        private final long[] placed;
        /** What was added to the overflow series of what evicted series held. */
        private final long[] unplaced;
        private final long[] evicted = new long[Series.NUMBERS];
        private int live;
        private long evictions;
        private long overflows;
        private long oversized;
        private long unroomed;

        WorkerState(SlabFile file, int worker) {
            this.file = file;
            this.worker = worker;
            Ledger.Moved moved = ledger.workers().getOrDefault(key(), new Ledger.Moved());
            placed = moved.placed();
            unplaced = moved.unplaced();
            places[SlabLayout.OVERFLOW] = new Place();
            places[SlabLayout.OVERFLOW].series = overflow;
        }

        void read(boolean settled) {
            live = file.live(worker);
            evictions = file.evictions(worker);
            overflows = file.overflows(worker);
            oversized = file.oversized(worker);
            unroomed = file.unroomed(worker);
            // The evicted series goes first: an evicted series is free before its counts are seen there, so nothing is met twice.
            boolean someEvicted = evictions != 0 && file.copy(worker, SlabLayout.EVICTED, copy, settled);
            if (someEvicted) {
                count();
                System.arraycopy(counted, 0, evicted, 0, counted.length);
            }
            read(SlabLayout.OVERFLOW, settled);
            int used = file.used(worker);
            if (used > places.length) {
                places = Arrays.copyOf(places, used);
            }
            for (int index = SlabLayout.FIRST; index < used; index++) {
                read(index, settled);
            }
            if (someEvicted) {
                addUnseen();
            }
        }

        private void read(int index, boolean settled) {
            Place place = places[index];
            int sequence = file.sequence(worker, index);
            if (place != null && place.sequence == sequence || !file.copy(worker, index, copy, settled)) {
                return;
            }
            int incarnation = copiedInt(SlabLayout.Entry.INCARNATION);
            if (index != SlabLayout.OVERFLOW && (place == null || place.incarnation != incarnation)) {
                Place next = new Place();
                next.incarnation = incarnation;
                if (incarnation % 2 == 1) {
                    next.key = SeriesKey.of(copy);
                    next.series = labelled(next.key);
                }
                retire(place);
                place = next;
                places[index] = place;
            }
            place.sequence = copiedInt(SlabLayout.Entry.SEQUENCE);
            if (place.series != null) {
                count();
                place.add(counted);
            }
        }

        /** The series with the labels of the copied one. */
        private Series labelled(SeriesKey key) {
            Series found = series.computeIfAbsent(key, labels -> {
                membership++;
                return Series.of(copy);
            });
            found.joined();
            return found;
        }

        private void retire(Place place) {
            if (place != null && place.series != null) {
                for (int i = 0; i < placed.length; i++) {
                    placed[i] += place.added[i];
                }
                retired(place);
                ledger.workers().put(key(), new Ledger.Moved(placed, unplaced));
            }
        }

        private Ledger.Worker key() {
            return new Ledger.Worker(file.path().getFileName().toString(), worker);
        }

        private void retired(Place place) {
            place.series.left(clock.getAsLong());
            if (owner) {
                add(ledger.retired().computeIfAbsent(place.key, key -> new long[Series.NUMBERS]), place.added);
                ledgerChanged = true;
            }
        }

        private static void add(long[] to, long[] more) {
            for (int i = 0; i < more.length; i++) {
                to[i] += more[i];
            }
        }

        /** What evicted series held and no place has shown. */
        private void addUnseen() {
            long[] numbers = overflow.numbers();
            for (int i = 0; i < evicted.length; i++) {
                long more = evicted[i] - placed[i] - unplaced[i];
                if (more > 0) {
                    numbers[i] += more;
                    unplaced[i] += more;
                    ledger.overflow()[i] += more;
                    ledger.workers().put(key(), new Ledger.Moved(placed, unplaced));
                    ledgerChanged = true;
                }
            }
        }

        void leave() {
            for (int index = SlabLayout.FIRST; index < places.length; index++) {
                if (places[index] != null && places[index].series != null) {
                    retired(places[index]);
                }
            }
            add(ledger.overflow(), places[SlabLayout.OVERFLOW].added);
            ledger.workers().remove(key());
        }
    }

    /** A place of a series in a slab. */
    private static final class Place {
        private Series series;
        private SeriesKey key;
        private int incarnation;
        private int sequence;
        private final long[] added = new long[Series.NUMBERS];

        void add(long[] counted) {
            long[] numbers = series.numbers();
            for (int i = 0; i < counted.length; i++) {
                numbers[i] += counted[i] - added[i];
                added[i] = counted[i];
            }
        }
    }
}
