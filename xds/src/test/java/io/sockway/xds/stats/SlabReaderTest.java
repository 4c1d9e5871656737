package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlabReaderTest {
    private static final long NOW = 1_000_000;
    private static final int FIRST_SERIES = SlabLayout.PAGE * (2 + SlabLayout.FIRST);

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
        other.putLong(SlabLayout.MAGIC).putInt(2);
        Files.write(folder.resolve("0123456789abcdef.slab"), other.array());
        Files.write(folder.resolve("fedcba9876543210.slab"), new byte[10]);
        try (SlabReader reader = SlabReader.owner(folder)) {
            assertThat(requests(reader)).isEmpty();
            assertThat(reader.status().problems()).hasSize(2).anySatisfy(problem -> assertThat(problem).contains("has layout 2"))
                    .anySatisfy(problem -> assertThat(problem).endsWith("is no slab"));
        }
    }

    @Test
    void shouldReadTheOthersWhereOneSlabIsNonsense() throws IOException {
        Map<String, Consumer<ByteBuffer>> nonsense = Map.of(
                "1 kind", slab -> slab.put(FIRST_SERIES + SlabLayout.Entry.KIND, (byte) 77),
                "2 texts", slab -> slab.putShort(FIRST_SERIES + SlabLayout.Entry.TEXT, (short) -1),
                "3 length of texts", slab -> slab.putInt(FIRST_SERIES + SlabLayout.Entry.TEXT_BYTES, Integer.MAX_VALUE),
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
