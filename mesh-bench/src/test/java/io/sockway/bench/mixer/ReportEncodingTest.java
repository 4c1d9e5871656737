package io.sockway.bench.mixer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients' encoders, built with the sanitizers, against protobuf's own library in Java and against the collector's reader. */
class ReportEncodingTest {
    private static final int GRPC_HEAD = 5;

    private final Random random = new Random(14);
    private final StringBuilder script = new StringBuilder();

    /** The same script for both, so both give the same attributes. */
    @ParameterizedTest
    @ValueSource(strings = {"harness", "harness_lean"})
    void shouldEncodeExactlyWhatItWasGiven(String harness) throws Exception {
        List<List<Map<String, Object>>> expected = new ArrayList<>();
        for (int entries : new int[] {1, 100, 0, 3, 400}) {
            List<Map<String, Object>> report = new ArrayList<>();
            for (int i = 0; i < entries; i++) {
                report.add(entry());
            }
            line("finish");
            expected.add(report);
        }

        List<byte[]> messages = run(harness);

        assertThat(messages).hasSameSizeAs(expected);
        for (int i = 0; i < messages.size(); i++) {
            assertThat(MixerProtocol.entries(messages.get(i))).isEqualTo(expected.get(i));
            assertThat(ReportRequest.parse(messages.get(i)).entries().stream().map(ReportEncodingTest::plain).toList())
                    .isEqualTo(expected.get(i));
        }
    }

    /** Random attributes: words of both dictionaries, numbers of all lengths, maps up to the size of long headers. */
    private Map<String, Object> entry() {
        Map<String, Object> entry = new TreeMap<>();
        line("entry");
        entry.put("response.code", 503L);
        line("int", "response.code", "503");
        entry.put("destination.uid", "kubernetes://web-v1.demo");
        line("pair", "destination.uid", "kubernetes://web-v1.demo");
        entry.put("any.name", "inbound");
        line("pair", "any.name", "inbound");
        line("constants");
        for (int i = random.nextInt(12); i > 0; i--) {
            String name = "a" + i + "." + random.nextInt(40);
            switch (random.nextInt(7)) {
                case 0 -> put(entry, "string", name, word());
                case 1 -> put(entry, "int", name, random.nextLong(Long.MAX_VALUE) >>> random.nextInt(63));
                case 2 -> put(entry, "timestamp", name, random.nextLong(2_000_000_000_000_000_000L));
                case 3 -> put(entry, "duration", name, random.nextLong(90_000_000_000L) >>> random.nextInt(30));
                case 4 -> put(entry, "bytes", name, "b".repeat(random.nextInt(300)));
                case 5 -> {
                    boolean flag = random.nextBoolean();
                    entry.put(name, flag);
                    line("bool", name, flag ? "1" : "0");
                }
                default -> {
                    Map<String, String> map = new TreeMap<>();
                    for (int n = 1 + random.nextInt(30); n > 0; n--) {
                        map.put(n % 3 == 0 ? GlobalWords.ALL.get(30 + n) : "x-" + n, word());
                    }
                    entry.put(name, map);
                    map.forEach((key, value) -> line("pair", key, value));
                    line("map", name);
                }
            }
        }
        line("end");
        return entry;
    }

    private String word() {
        return switch (random.nextInt(4)) {
            case 0 -> GlobalWords.ALL.get(random.nextInt(GlobalWords.ALL.size()));
            case 1 -> "v".repeat(random.nextInt(5000));
            default -> "w" + random.nextInt(3000);
        };
    }

    private void put(Map<String, Object> entry, String kind, String name, Object value) {
        entry.put(name, value);
        line(kind, name, value.toString());
    }

    private void line(String... parts) {
        script.append(String.join("\t", parts)).append('\n');
    }

    private List<byte[]> run(String harness) throws Exception {
        Path program = Path.of(ReportEncodingTest.class.getResource("/mixer/" + harness).toURI());
        Process process = new ProcessBuilder(program.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread.ofVirtual().start(() -> {
            try (var in = process.getOutputStream()) {
                in.write(script.toString().getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // Its exit code says why it stopped reading.
            }
        });
        List<byte[]> messages = new ArrayList<>();
        try (InputStream out = process.getInputStream()) {
            for (byte[] head = out.readNBytes(Long.BYTES); head.length == Long.BYTES; head = out.readNBytes(Long.BYTES)) {
                int length = (int) ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
                ByteBuffer framed = ByteBuffer.wrap(out.readNBytes(length));
                assertThat(framed.get()).isZero();
                assertThat(framed.getInt()).isEqualTo(length - GRPC_HEAD);
                byte[] message = new byte[framed.remaining()];
                framed.get(message);
                messages.add(message);
            }
        }
        assertThat(process.waitFor()).as("the sanitizers found nothing").isZero();
        return messages;
    }

    private static Map<String, Object> plain(Attributes attributes) {
        Map<String, Object> plain = new TreeMap<>();
        attributes.values().forEach((name, value) -> plain.put(name, switch (value) {
            case Instant instant -> instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
            case Duration duration -> duration.toNanos();
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            default -> value;
        }));
        return plain;
    }
}
