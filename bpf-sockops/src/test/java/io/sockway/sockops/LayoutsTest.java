package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That Java and the compiled programs agree on every struct and enum that they share. */
class LayoutsTest {
    private static final Map<String, String> END = Map.of("reason", "REASONS", "flow_state", "FLOW_STATES");
    private static final Btf OBJECT = Btf.ofResource(Accelerator.class, "sockway.bpf.o");

    static List<StructLayout> layouts() {
        return List.of(Layouts.FLOW_KEY, Layouts.FLOW_SIDE, Layouts.FLOW, Layouts.CONTROL, Layouts.PORT_WORD, Layouts.ATTACHMENT,
                Layouts.HABIT_KEY, Layouts.HABIT, Layouts.COUNTERS, Layouts.PASS_REPORT, Layouts.OWN);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldMatchTheCompiledStruct(StructLayout layout) {
        Btf.Struct compiled = OBJECT.structs().get(layout.name().orElseThrow());
        Map<String, Integer> fields = new LinkedHashMap<>();
        for (MemoryLayout field : layout.memberLayouts()) {
            String name = field.name().orElseThrow();
            fields.put(name, (int) Layouts.offset(layout, name));
        }
        assertThat(fields).containsExactlyEntriesOf(compiled.offsets());
        assertThat(layout.byteSize()).isEqualTo(compiled.size());
    }

    @Test
    void shouldMatchTheCompiledReasons() {
        assertThat(values("reason", "REASON_")).containsExactlyEntriesOf(ordinals(Reason.values(), "REASONS"));
    }

    @Test
    void shouldMatchTheCompiledStates() {
        assertThat(values("flow_state", "FLOW_")).containsExactlyEntriesOf(ordinals(FlowState.values(), "FLOW_STATES"));
    }

    @Test
    void shouldMatchTheCompiledModesAndFeatures() {
        assertThat(values("mode", "MODE_")).containsExactlyEntriesOf(ordinals(Mode.values(), null));
        assertThat(OBJECT.enums().get("feature")).containsOnly(
                Map.entry("FEATURE_DIRECT_READS", Layouts.FEATURE_DIRECT_READS),
                Map.entry("FEATURE_INQ_FAULT", Layouts.FEATURE_INQ_FAULT),
                Map.entry("FEATURE_UNCHARGED", Layouts.FEATURE_UNCHARGED),
                Map.entry("FEATURE_NO_REDIRECT", Layouts.FEATURE_NO_REDIRECT),
                Map.entry("FEATURE_SPLICE_WATCH", Layouts.FEATURE_SPLICE_WATCH),
                Map.entry("FEATURE_INQ_BLIND", Layouts.FEATURE_INQ_BLIND),
                Map.entry("FEATURE_OPTION_WATCH", Layouts.FEATURE_OPTION_WATCH),
                Map.entry("FEATURE_ACCEPT_WATCH", Layouts.FEATURE_ACCEPT_WATCH),
                Map.entry("FEATURE_TRAMPOLINES", Layouts.FEATURE_TRAMPOLINES),
                Map.entry("FEATURE_SPINNING_PASSES", Layouts.FEATURE_SPINNING_PASSES),
                Map.entry("FEATURE_READ_WATCH", Layouts.FEATURE_READ_WATCH));
    }

    @Test
    void shouldMatchTheCompiledKinds() {
        assertThat(OBJECT.enums().get("kind")).containsEntry("KIND_EXCLUDED", Layouts.KIND_EXCLUDED);
    }

    private static Map<String, Integer> values(String name, String prefix) {
        return OBJECT.enums().get(name).entrySet().stream().collect(Collectors.toMap(
                e -> e.getKey().equals(END.get(name)) ? e.getKey() : e.getKey().substring(prefix.length()),
                Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    }

    private static Map<String, Integer> ordinals(Enum<?>[] constants, String end) {
        Map<String, Integer> all = Arrays.stream(constants)
                .collect(Collectors.toMap(Enum::name, Enum::ordinal, (a, b) -> a, LinkedHashMap::new));
        if (end != null) {
            all.put(end, constants.length);
        }
        return all;
    }
}
