package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SlabReaderTest {
    private static final long NOW = 1_000_000;
    private static final int FIRST_SERIES = SlabLayout.PAGE * (2 + SlabLayout.FIRST);
    /** What a writer's labels have of text besides the name: its length, and that of an absent revision. */
    private static final int BESIDES_NAME = 4;

    @TempDir
    private Path folder;

    @Test
    void shouldTakeAFolderThatIsNotThereForAnEmptyOne() throws IOException {
        try (SlabReader reader = SlabReader.owner(folder.resolve("none"))) {
            assertThat(requests(reader)).isEmpty();
        }
    }

    @Test
    void shouldAddUpWorkers() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 3, 16); SlabReader reader = SlabReader.owner(folder)) {
            writer.add(0, "a", 5, NOW);
            writer.add(2, "a", 7, NOW);
            writer.add(1, "b", 1, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 12L, "b", 1L));
            writer.add(2, "a", 1, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 13L, "b", 1L));
        }
    }

    @Test
    void shouldLetEveryUserReadWhateverTheWritersUmask() throws IOException {
        try (SlabWriter _ = new SlabWriter(folder, 1, 16); Stream<Path> files = Files.list(folder)) {
            assertThat(files.filter(file -> file.toString().endsWith(".slab")).map(file -> {
                try {
                    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            })).containsExactly("rw-r--r--");
        }
    }

    @Test
    void shouldShowLabelsByIstiosRules() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            writer.add(0, "a", 1, NOW);
            reader.refresh();
            reader.forEach(series -> {
                assertThat(series.kind()).isEqualTo(Series.Kind.HTTP);
                assertThat(series.label(Label.REPORTER)).isEqualTo("source");
                assertThat(series.label(Label.RESPONSE_CODE)).isEqualTo("200");
                assertThat(series.label(Label.SOURCE_CANONICAL_REVISION)).isEqualTo("latest");
                assertThat(series.label(Label.SOURCE_PRINCIPAL)).isEqualTo("unknown");
            });
        }
    }

    @Test
    void shouldKeepCountsWhenEnvoyRestartsWithAnotherNumberOfWorkers() throws IOException {
        try (SlabReader reader = SlabReader.owner(folder)) {
            try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
                writer.add(0, "a", 5, NOW);
                assertThat(requests(reader)).isEqualTo(Map.of("a", 5L));
                writer.add(0, "a", 2, NOW);
            }
            try (SlabWriter writer = new SlabWriter(folder, 4, 32)) {
                writer.add(3, "a", 1, NOW);
                assertThat(requests(reader)).isEqualTo(Map.of("a", 8L));
                assertThat(requests(reader)).isEqualTo(Map.of("a", 8L));
            }
            assertThat(requests(reader)).isEqualTo(Map.of("a", 8L));
        }
        assertThat(slabs()).isZero();
    }

    @Test
    void shouldCountOldAndNewEnvoyDuringAHotRestart() throws IOException {
        try (SlabReader reader = SlabReader.owner(folder);
                SlabWriter old = new SlabWriter(folder, 1, 16);
                SlabWriter fresh = new SlabWriter(folder, 1, 16)) {
            old.add(0, "a", 1, NOW);
            fresh.add(0, "a", 10, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 11L));
            old.add(0, "a", 1, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 12L));
            old.end();
            assertThat(requests(reader)).isEqualTo(Map.of("a", 12L));
            assertThat(slabs()).isOne();
            fresh.add(0, "a", 1, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 13L));
        }
    }

    @Test
    void shouldGoOnWhereAnotherOwnerEndedWithoutWarning() throws IOException {
        SlabReader killed = SlabReader.owner(folder);
        try (SlabWriter writer = new SlabWriter(folder, 2, 16)) {
            writer.add(0, "a", 5, NOW);
            writer.add(1, "b", 1, NOW);
            requests(killed);
        }
        assertThat(requests(killed)).isEqualTo(Map.of("a", 5L, "b", 1L));
        assertThat(slabs()).isZero();
        try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            writer.add(0, "a", 10, NOW);
            assertThat(requests(killed)).isEqualTo(Map.of("a", 15L, "b", 1L));
            try (SlabReader second = SlabReader.owner(folder)) {
                assertThat(requests(second)).isEqualTo(Map.of("a", 15L, "b", 1L));
                writer.add(0, "a", 1, NOW);
                assertThat(requests(second)).isEqualTo(Map.of("a", 16L, "b", 1L));
            }
        }
        try (SlabReader third = SlabReader.owner(folder)) {
            assertThat(requests(third)).isEqualTo(Map.of("a", 16L, "b", 1L));
        }
        try (SlabReader fourth = SlabReader.owner(folder)) {
            assertThat(requests(fourth)).isEqualTo(Map.of("a", 16L, "b", 1L));
        }
    }

    @Test
    void shouldNotCountEvictedSeriesAgainAfterASuddenEnd() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            SlabReader killed = SlabReader.owner(folder);
            for (int i = 0; i < 16; i++) {
                writer.add(0, "w" + i, i + 1, NOW);
            }
            requests(killed);
            for (int i = 0; i < 16; i++) {
                writer.add(0, "x" + i, 100, NOW + 100);
            }
            Map<String, Long> before = requests(killed);
            assertThat(before).containsEntry("w0", 1L);
            assertThat(killed.status().evictions()).isPositive();
            try (SlabReader second = SlabReader.owner(folder)) {
                assertThat(requests(second)).isEqualTo(before);
                writer.add(0, "x0", 1, NOW + 100);
                before.merge("x0", 1L, Long::sum);
                assertThat(requests(second)).isEqualTo(before);
            }
        }
    }

    @Test
    void shouldStartAnewWhereWhatTheOtherOwnerLeftIsDamaged() throws IOException {
        SlabReader killed = SlabReader.owner(folder);
        try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            writer.add(0, "a", 5, NOW);
            requests(killed);
        }
        requests(killed);
        Path ledger = folder.resolve("sockway.ledger");
        byte[] bytes = Files.readAllBytes(ledger);
        bytes[bytes.length / 2] ^= 1;
        Files.write(ledger, bytes);
        try (SlabReader second = SlabReader.owner(folder)) {
            assertThat(requests(second)).isEmpty();
            assertThat(second.status().problems()).singleElement().asString().contains("is not usable, so counters start anew");
        }
    }

    @Test
    void shouldLeaveSlabsAloneAsAnObserver() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            writer.add(0, "a", 5, NOW);
        }
        try (SlabReader observer = SlabReader.observer(folder)) {
            assertThat(requests(observer)).isEqualTo(Map.of("a", 5L));
            assertThat(slabs()).isOne();
            try (SlabReader owner = SlabReader.owner(folder)) {
                assertThat(requests(owner)).isEqualTo(Map.of("a", 5L));
            }
            assertThat(slabs()).isZero();
            assertThat(requests(observer)).isEqualTo(Map.of("a", 5L));
        }
    }

    @Test
    void shouldTakeAChangeThatDeathCutShort() throws IOException {
        try (SlabReader reader = SlabReader.owner(folder); SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            writer.add(0, "a", 5, NOW);
            writer.dieCounting(0, "a");
            assertThat(requests(reader)).isEqualTo(Map.of("a", 6L));
        }
    }

    @Test
    void shouldNameSlabsThatItCannotRead() throws IOException {
        ByteBuffer other = ByteBuffer.allocate(SlabLayout.PAGE).order(ByteOrder.nativeOrder());
        other.putLong(SlabLayout.MAGIC).putInt(3);
        Files.write(folder.resolve("0123456789abcdef.slab"), other.array());
        Files.write(folder.resolve("fedcba9876543210.slab"), new byte[10]);
        try (SlabReader reader = SlabReader.owner(folder)) {
            assertThat(requests(reader)).isEmpty();
            assertThat(reader.status().problems()).hasSize(2)
                    .anySatisfy(problem -> assertThat(problem).contains("has layout 3", "reads layouts 1 and 2"))
                    .anySatisfy(problem -> assertThat(problem).endsWith("is no slab"));
        }
    }

    @Test
    void shouldReadTheOthersWhereOneSlabIsNonsense() throws IOException {
        Map<String, Consumer<ByteBuffer>> nonsense = Map.of(
                "1 kind", slab -> slab.put(FIRST_SERIES + SlabLayout.Entry.KIND, (byte) 77),
                "2 texts", slab -> slab.putShort(FIRST_SERIES + SlabLayout.Entry.TEXT, (short) -1),
                "3 length of texts", slab -> slab.putInt(FIRST_SERIES + SlabLayout.Entry.TEXT_BYTES, 8929),
                "4 workers", slab -> slab.putInt(SlabLayout.Header.WORKERS, 1 << 30).putLong(SlabLayout.Header.WORKER_BYTES, 1L << 34),
                "5 bytes of a worker", slab -> slab.putLong(SlabLayout.Header.WORKER_BYTES, 4097),
                "6 series in use", slab -> slab.putInt(SlabLayout.PAGE + SlabLayout.Worker.USED, Integer.MAX_VALUE));
        byte[] good;
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); Stream<Path> files = Files.list(folder)) {
            writer.add(0, "bad", 3, NOW);
            good = Files.readAllBytes(files.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX)).findFirst().orElseThrow());
        }
        nonsense.forEach((name, change) -> {
            ByteBuffer bad = ByteBuffer.wrap(good.clone()).order(ByteOrder.nativeOrder());
            change.accept(bad);
            try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.observer(folder)) {
                Path file = Files.write(folder.resolve("ffffffff" + name + SlabLayout.SUFFIX), bad.array());
                writer.add(0, "a", 5, NOW);
                for (int i = 0; i < 2; i++) {
                    assertThat(requests(reader)).as(name).containsEntry("a", 5L);
                    assertThat(reader.status().problems()).as(name).hasSize(name.startsWith("6") ? 0 : 1);
                }
                Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void shouldOutliveASlabThatIsCutShortBetweenReads() throws IOException {
        try (SlabWriter one = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            one.add(0, "a", 5, NOW);
            assertThat(requests(reader)).isEqualTo(Map.of("a", 5L));
            Path slab;
            try (Stream<Path> files = Files.list(folder)) {
                slab = files.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX)).findFirst().orElseThrow();
            }
            try (FileChannel channel = FileChannel.open(slab, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }

            assertThat(reader.status().live()).isOne();
            assertThat(requests(reader)).isEqualTo(Map.of("a", 5L));
            assertThat(reader.status().problems()).singleElement().asString().contains(slab.toString(), "cut short by another program");
            try (SlabWriter two = new SlabWriter(folder, 1, 16)) {
                two.add(0, "a", 2, NOW);
                assertThat(requests(reader)).isEqualTo(Map.of("a", 7L));
                assertThat(reader.status().problems()).isEmpty();
            }
        }
    }

    @Test
    void shouldForgetSeriesThatNothingAddsToAfterAWhile() throws IOException {
        AtomicLong clock = new AtomicLong();
        try (SlabReader reader = new SlabReader(folder, true, Duration.ofSeconds(10), clock::get)) {
            try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
                writer.add(0, "a", 5, NOW);
                clock.addAndGet(Duration.ofHours(5).toNanos());
                assertThat(requests(reader)).containsKey("a");
            }
            assertThat(requests(reader)).containsKey("a");
            clock.addAndGet(Duration.ofSeconds(9).toNanos());
            assertThat(requests(reader)).containsKey("a");
            clock.addAndGet(Duration.ofSeconds(1).toNanos());
            assertThat(requests(reader)).isEmpty();
            assertThat(reader.status().forgotten()).isOne();
        }
    }

    @Test
    void shouldNeverRunBackwardsNorLoseAnythingWhateverIsEvicted() throws IOException {
        Random random = new Random(42);
        Map<String, Long> shown = new HashMap<>();
        Map<String, Long> truth = new HashMap<>();
        long total = 0;
        long now = NOW;
        SlabWriter writer = new SlabWriter(folder, 2, 16);
        try (SlabReader reader = SlabReader.owner(folder)) {
            for (int step = 0; step < 4000; step++) {
                // Workloads come and go; more at once than fit, now and then.
                String workload = "w" + (step / 200 * 7 + random.nextInt(step % 1000 < 900 ? 12 : 60));
                long requests = 1 + random.nextInt(5);
                writer.add(random.nextInt(2), workload, requests, now);
                truth.merge(workload, requests, Long::sum);
                total += requests;
                now += random.nextInt(4);
                if (random.nextInt(30) == 0) {
                    Map<String, Long> read = requests(reader);
                    shown.forEach((name, before) -> assertThat(read.getOrDefault(name, 0L)).as(name).isGreaterThanOrEqualTo(before));
                    read.forEach((name, count) -> {
                        if (!name.equals("overflow")) {
                            assertThat(count).as(name).isLessThanOrEqualTo(truth.getOrDefault(name, 0L));
                        }
                    });
                    assertThat(read.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(total);
                    shown.putAll(read);
                }
                if (step % 1500 == 1499) {
                    writer.end();
                    requests(reader);
                    writer = new SlabWriter(folder, 2, 16);
                }
            }
            assertThat(reader.status().evictions()).isPositive();
        } finally {
            writer.end();
        }
    }

    @Test
    void shouldTakeInTenThousandChangedSeriesInLessThanFiftyMilliseconds() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 10_000); SlabReader reader = SlabReader.owner(folder)) {
            Duration best = Duration.ofDays(1);
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 10_000; i++) {
                    writer.add(0, "w" + i, 1, NOW);
                }
                long start = System.nanoTime();
                reader.refresh();
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                best = took.compareTo(best) < 0 ? took : best;
            }
            assertThat(best).isLessThan(Duration.ofMillis(50));
            assertThat(requests(reader).values().stream().mapToLong(Long::longValue).sum()).isEqualTo(40_000);
        }
    }

    @Test
    void shouldReadLabelsOfAnyLengthUpToTheLimit() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 2, 32); SlabReader reader = SlabReader.owner(folder)) {
            Map<String, Long> truth = new TreeMap<>();
            for (int bytes : new int[] {735, 736, 737, 738, 739, 740, 741, 4831, 4832, 4833, 8927, 8928}) {
                for (String last : List.of("y", "z")) {
                    String name = "x".repeat(bytes - BESIDES_NAME - 1) + last;
                    writer.add(bytes % 2, name, bytes, NOW);
                    writer.add(0, name, 1, NOW);
                    truth.put(name, bytes + 1L);
                }
            }
            assertThat(requests(reader)).isEqualTo(truth);
            assertThat(requests(reader)).isEqualTo(truth);
            reader.forEach(series -> assertThat(series.label(Label.SOURCE_CANONICAL_REVISION)).isEqualTo("latest"));
            assertThat(reader.status()).matches(status -> status.overflows() == 0 && status.oversized() == 0 && status.unroomed() == 0);

            writer.add(0, "x".repeat(8929 - BESIDES_NAME), 3, NOW);
            truth.put("overflow", 3L);
            assertThat(requests(reader)).isEqualTo(truth);
            assertThat(reader.status()).matches(status -> status.overflows() == 1 && status.oversized() == 1 && status.unroomed() == 0);
        }
    }

    @Test
    void shouldKeepCountsOfLongLabelsInTheLedgerAndWhenTheyMakeRoom() throws IOException {
        String name = "x".repeat(5000);
        SlabReader killed = SlabReader.owner(folder);
        try (SlabWriter writer = new SlabWriter(folder, 1, 16)) {
            writer.add(0, name, 5, NOW);
            requests(killed);
            writer.add(0, "a", 1, NOW + 100);
            writer.add(0, "x".repeat(900), 2, NOW + 100);
        }
        Map<String, Long> truth = Map.of(name, 5L, "a", 1L, "x".repeat(900), 2L);
        assertThat(requests(killed)).isEqualTo(truth);
        assertThat(slabs()).isZero();
        try (SlabReader second = SlabReader.owner(folder)) {
            assertThat(requests(second)).isEqualTo(truth);
        }
    }

    /** On tmpfs, where reading what is not there makes a page of it. */
    @Test
    void shouldTakeMemoryForMoreTextOnlyWhereThereIsSome() throws Exception {
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "sockway-slab");
        try (SlabWriter writer = new SlabWriter(memory, 2, 16); SlabReader reader = SlabReader.owner(memory)) {
            long whole = 1 + 2 * (1 + 16 + SlabLayout.FIRST);
            for (int i = 0; i < 16; i++) {
                writer.add(i % 2, i + "x".repeat(732 - i / 10 - 1), 1, NOW);
            }
            assertThat(requests(reader)).hasSize(16);
            assertThat(pages(memory)).isEqualTo(whole);
            writer.add(1, "x".repeat(733), 1, NOW);
            assertThat(requests(reader)).hasSize(17);
            assertThat(pages(memory)).isEqualTo(whole + 1);
            writer.add(0, "x".repeat(4829), 1, NOW);
            assertThat(requests(reader)).hasSize(18);
            assertThat(pages(memory)).isEqualTo(whole + 3);
        } finally {
            try (Stream<Path> files = Files.list(memory)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.delete(file);
                }
            }
            Files.delete(memory);
        }
    }

    @Test
    void shouldReadSlabsOfPluginsThatHadNoMoreText() throws IOException {
        Path slab;
        byte[] bytes;
        try (SlabWriter writer = new SlabWriter(folder, 2, 16); Stream<Path> files = Files.list(folder)) {
            writer.add(0, "x".repeat(732), 3, NOW);
            writer.add(1, "a", 4, NOW);
            slab = files.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX)).findFirst().orElseThrow();
            bytes = Files.readAllBytes(slab);
        }
        ByteBuffer old = ByteBuffer.wrap(Arrays.copyOf(bytes, SlabLayout.PAGE * (1 + 2 * (1 + 16 + SlabLayout.FIRST))))
                .order(ByteOrder.nativeOrder()).putInt(SlabLayout.Header.ABI, SlabLayout.ABI_WITHOUT_MORE_TEXT);
        Files.write(slab, old.array());
        try (SlabReader reader = SlabReader.observer(folder)) {
            assertThat(requests(reader)).isEqualTo(Map.of("x".repeat(732), 3L, "a", 4L));
            assertThat(reader.status().problems()).isEmpty();
        }
        Files.write(slab, old.putInt(FIRST_SERIES + SlabLayout.Entry.TEXT_BYTES, 737).array());
        try (SlabReader reader = SlabReader.observer(folder)) {
            requests(reader);
            assertThat(reader.status().problems()).singleElement().asString().contains("a text of 737 bytes");
        }
    }

    /** Another process's changes, played by a thread: the reader takes no text that is of two series. */
    @Test
    @Timeout(60)
    void shouldNeverTakeTheTextOfTwoSeriesForOne() throws Exception {
        Path path;
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); Stream<Path> files = Files.list(folder)) {
            writer.add(0, "a".repeat(8000), 1, NOW);
            path = files.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX)).findFirst().orElseThrow();
        }
        try (Arena arena = Arena.ofShared(); SlabFile slab = SlabFile.open(path);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            long more = SlabLayout.PAGE * (2L + 16 + SlabLayout.FIRST) + SlabLayout.FIRST * (long) SlabLayout.MORE_TEXT;
            assertThat(memory.get(ValueLayout.JAVA_BYTE, more)).isEqualTo((byte) 'a');
            AtomicBoolean end = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int i = 0; !end.get(); i++) {
                    long sequence = FIRST_SERIES + SlabLayout.Entry.SEQUENCE;
                    int before = memory.get(ValueLayout.JAVA_INT, sequence);
                    SlabLayout.INT.setOpaque(memory, sequence, before + 1);
                    VarHandle.storeStoreFence();
                    memory.asSlice(FIRST_SERIES + SlabLayout.Entry.TEXT + 2, 700).fill((byte) ('a' + i % 26));
                    memory.asSlice(more, 7000).fill((byte) ('a' + i % 26));
                    SlabLayout.INT.setRelease(memory, sequence, before + 2);
                    for (int pause = 0; pause < i % 50; pause++) {
                        Thread.onSpinWait();
                    }
                }
            });
            byte[] copy = new byte[SlabLayout.WHOLE_SERIES];
            Set<Byte> seen = new HashSet<>();
            try {
                for (int i = 0; i < 300_000 || seen.size() < 3; i++) {
                    if (slab.copy(0, SlabLayout.FIRST, copy, false)) {
                        byte letter = copy[SlabLayout.PAGE];
                        seen.add(letter);
                        if (copy[SlabLayout.Entry.TEXT + 2] != letter || copy[SlabLayout.PAGE + 6999] != letter) {
                            fail("%c %c %c", copy[SlabLayout.Entry.TEXT + 2], letter, copy[SlabLayout.PAGE + 6999]);
                        }
                    }
                }
            } finally {
                end.set(true);
                writer.join();
            }
        }
    }

    /** How many pages the only slab there takes. */
    private static long pages(Path folder) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("sh", "-c", "stat -c %b \"$0\"/*.slab", folder.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertThat(stat.waitFor()).isZero();
        return Long.parseLong(blocks) * 512 / SlabLayout.PAGE;
    }

    private long slabs() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX)).count();
        }
    }

    /** Requests by source workload. */
    private static Map<String, Long> requests(SlabReader reader) throws IOException {
        reader.refresh();
        Map<String, Long> requests = new TreeMap<>();
        reader.forEach(series -> requests.merge(series.label(Label.SOURCE_WORKLOAD), series.count(Series.Counter.REQUESTS), Long::sum));
        return requests;
    }
}
