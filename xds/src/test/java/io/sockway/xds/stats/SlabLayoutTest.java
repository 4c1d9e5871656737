package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SlabLayoutTest {
    /** What the compiler says, by name. */
    private static final Map<String, Long> COMPILED = new HashMap<>();

    @BeforeAll
    static void readWhatTheCompilerSays() throws IOException {
        try (InputStream in = SlabLayoutTest.class.getResourceAsStream("/plugin/layout.txt")) {
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().map(line -> line.split(" "))
                    .forEach(pair -> COMPILED.put(pair[0], Long.parseUnsignedLong(pair[1])));
        }
    }

    @Test
    void shouldHaveTheConstantsOfTheHeader() {
        assertThat(COMPILED).containsAllEntriesOf(Map.of("SLAB_MAGIC", SlabLayout.MAGIC, "SLAB_ABI", (long) SlabLayout.ABI,
                "SLAB_PAGE", (long) SlabLayout.PAGE, "SLAB_OVERFLOW", (long) SlabLayout.OVERFLOW, "SLAB_EVICTED", (long) SlabLayout.EVICTED,
                "SLAB_FIRST", (long) SlabLayout.FIRST, "SLAB_UNIT_BUCKETS", (long) SlabLayout.UNIT_BUCKETS,
                "SLAB_DECADE_BUCKETS", (long) SlabLayout.MANTISSAS.length));
        assertThat(COMPILED).containsAllEntriesOf(Map.of("SLAB_DURATION_BUCKETS", (long) SlabLayout.DURATION_BUCKETS,
                "SLAB_BYTES_BUCKETS", (long) SlabLayout.BYTES_BUCKETS, "SLAB_FIRST_TEXT", (long) SlabLayout.FIRST_TEXT.ordinal(),
                "SLAB_LAST_TEXT", (long) SlabLayout.LAST_TEXT.ordinal(), "GRPC_STATUS_NONE", (long) SlabLayout.NO_GRPC_STATUS,
                "KIND_HTTP", 1L + Series.Kind.HTTP.ordinal(), "KIND_MESSAGES", 1L + Series.Kind.MESSAGES.ordinal(),
                "KIND_TCP", 1L + Series.Kind.TCP.ordinal()));
        assertThat(COMPILED).containsAllEntriesOf(Map.of("REPORTER_SOURCE", 1L, "REPORTER_DESTINATION", 2L, "PROTOCOL_HTTP", 1L,
                "PROTOCOL_GRPC", 2L, "PROTOCOL_TCP", 3L, "POLICY_NONE", 1L, "POLICY_MUTUAL_TLS", 2L));
        assertThat(COMPILED).containsAllEntriesOf(Map.of("SLAB_ABI_WITHOUT_MORE_TEXT", (long) SlabLayout.ABI_WITHOUT_MORE_TEXT,
                "SLAB_MORE_TEXT", (long) SlabLayout.MORE_TEXT,
                "SLAB_TEXT_LIMIT", (long) SlabLayout.Entry.OWN_TEXT_BYTES + SlabLayout.MORE_TEXT));
        for (int i = 0; i < SlabLayout.MANTISSAS.length; i++) {
            assertThat(COMPILED).containsEntry("mantissa." + i, (long) SlabLayout.MANTISSAS[i]);
        }
    }

    @Test
    void shouldGiveLabelsTheirBits() {
        assertThat(COMPILED.keySet().stream().filter(name -> name.startsWith("label."))).hasSize(Label.values().length);
        for (Label label : Label.values()) {
            assertThat(COMPILED).containsEntry("label." + label.text(), (long) label.ordinal());
        }
    }

    @Test
    void shouldFindFieldsWhereTheCompilerPutsThem() throws IllegalAccessException {
        Set<String> computed = Set.of("COUNTERS", "OWN_TEXT_BYTES");
        for (Map.Entry<String, Class<?>> struct : Map.<String, Class<?>>of("slab_header", SlabLayout.Header.class,
                "slab_worker", SlabLayout.Worker.class, "slab_series", SlabLayout.Entry.class).entrySet()) {
            for (Field field : struct.getValue().getDeclaredFields()) {
                if (!computed.contains(field.getName())) {
                    assertThat(COMPILED).containsEntry(struct.getKey() + "." + field.getName().toLowerCase(Locale.ROOT),
                            (long) field.getInt(null));
                }
            }
        }
    }

    @Test
    void shouldHaveCountersInTheirOrder() {
        for (Series.Counter counter : Series.Counter.values()) {
            String name = counter == Series.Counter.DURATION_MICROSECONDS ? "duration_us" : counter.name().toLowerCase(Locale.ROOT);
            assertThat(COMPILED).containsEntry("slab_series." + name, SlabLayout.Entry.COUNTERS + 8L * counter.ordinal());
        }
    }

    @Test
    void shouldHaveEveryBoundOfIstiosHistograms() {
        for (String bound : HistogramBounds.ISTIO) {
            assertThat(hasBound((long) (Double.parseDouble(bound) * 1000), SlabLayout.DURATION_BUCKETS)).as(bound + " ms").isTrue();
            if (!bound.equals("0.5")) {
                assertThat(hasBound(Long.parseLong(bound), SlabLayout.BYTES_BUCKETS)).as(bound + " bytes").isTrue();
            }
        }
    }

    private static boolean hasBound(long bound, int buckets) {
        for (int bucket = 0; bucket < buckets; bucket++) {
            if (SlabLayout.upperBound(bucket, buckets) == bound) {
                return true;
            }
        }
        return false;
    }
}
