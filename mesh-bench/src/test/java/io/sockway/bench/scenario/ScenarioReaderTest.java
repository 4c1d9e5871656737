package io.sockway.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.bench.network.Network;
import io.sockway.bench.pods.TwoPods;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioReaderTest {
    private static final List<Topology> TOPOLOGIES = List.of(new TwoPods(), new Network());
    private static final String WELL = """
            scenario: mine
            title: My comparison
            topology: two-pods
            server: nginx
            load:
              connections: [1, 16]
              body: 4KiB
              rate: [max, 5000, 30%]
              duration: 2s
            rounds: 7
            variants:
              - name: mesh
              - name: sockway
                accelerator: sockway
                flags: [--same-node]
            quick:
              rounds: 2
              load: {connections: 4, rate: max}
            """;

    @Test
    void shouldReadEveryCombinationOfLoads() {
        Scenario scenario = read(WELL, false);

        assertThat(scenario.variants()).containsExactly("mesh", "sockway");
        assertThat(scenario.baseline()).isEqualTo("mesh");
        assertThat(scenario.rounds()).isEqualTo(7);
        assertThat(scenario.warmUp()).isEqualTo(Duration.ofSeconds(1));
        assertThat(scenario.loads()).extracting(LoadPoint::label).containsExactly(
                "1 connection, 4 KiB", "1 connection, 4 KiB, 5,000/s", "1 connection, 4 KiB, 30 % of saturation",
                "16 connections, 4 KiB", "16 connections, 4 KiB, 5,000/s", "16 connections, 4 KiB, 30 % of saturation");
    }

    @Test
    void shouldReplaceOnlyWhatTheQuickFormNames() {
        Scenario scenario = read(WELL, true);

        assertThat(scenario.rounds()).isEqualTo(2);
        assertThat(scenario.measured()).isEqualTo(Duration.ofSeconds(2));
        assertThat(scenario.loads()).extracting(LoadPoint::label).containsExactly("4 connections, 4 KiB");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rounds: 7 | rownds: 7 | 10:1: unknown key 'rownds' in the scenario; did you mean 'rounds'?
            rounds: 7 | rounds: 0 | 10:9: expected a whole number of 1 to 1000, found the number 0
            topology: two-pods | topology: two-pod | 3:11: unknown the text 'two-pod'; did you mean 'two-pods'?
            connections: [1, 16] | conections: 1 | 6:3: unknown key 'conections' in 'load'; did you mean 'connections'?
            connections: [1, 16] | connections: [1, -4] | 6:20: expected a whole number of 1 to 10000, found the number -4
            body: 4KiB | body: 4 XB | 7:9: expected a length of 1 B to 16384 KiB, like 350 or 4KiB
            5000, 30% | -5 | 8:15: expected max, a number a second of 1 to 2,000,000, or a share like 30 %
            5000, 30% | 130% | 8:15: expected max, a number a second of 1 to 2,000,000, or a share like 30 %
            5000, 30% | 1e99 | 8:15: expected max, a number a second of 1 to 2,000,000, or a share like 30 %
            5000, 30% | 5000.0 , 30%, 5000 | 8:29: 5000 is in 'rate' twice; remove one
            5000, 30% | 0.5 | 8:15: expected max, a number a second of 1 to
            connections: [1, 16] | connections: [16, 1, 16] | 6:24: 16 is in 'connections' twice
            accelerator: sockway | generator: wrk | 14:16: wrk knows no rate
            duration: 2s | duration: 2 | 9:13: expected a time of 2s to 3600s, like 500ms, 3s or 2m, found the number 2
            accelerator: sockway | accelerator: sokway | 14:18: unknown the text 'sokway'; did you mean 'sockway'?
            accelerator: sockway | colour: red | 14:5: unknown key 'colour' in an item of 'variants'; there are
            - name: sockway | - name: mesh | 13:11: two variants are named 'mesh'; rename one
            flags: [--same-node] | flags: same | 15:12: expected options of 'sockway run', like [--same-node]
            title: My comparison | baseline: nobody | 2:11: no variant is named 'nobody'; there are mesh, sockway
            rounds: 2 | rouns: 2 | 17:3: unknown key 'rouns' in the scenario; did you mean 'rounds'?
            scenario: mine | '# mine' | no 'scenario' in the scenario; add one
            server: nginx | server: [ | not valid YAML
            """)
    void shouldSayInWhichLineWhatIsWrong(String there, String instead, String problem) {
        assertThatThrownBy(() -> read(WELL.replace(there, instead), false)).isInstanceOf(ScenarioException.class)
                .satisfies(failure -> assertThat(((ScenarioException) failure).lines()).anySatisfy(line ->
                        assertThat(line).startsWith("mine.yaml:").contains(problem)));
    }

    @Test
    void shouldTellOfAllProblemsOnce() {
        assertThatThrownBy(() -> read(WELL.replace("rounds: 7", "rownds: 7").replace("duration: 2s", "duration: 2"), true))
                .satisfies(failure -> assertThat(((ScenarioException) failure).lines()).hasSize(2));
    }

    @Test
    void shouldRefuseWhatWrkCannotDo() {
        assertThatThrownBy(() -> read(WELL.replace("body: 4KiB", "generator: wrk"), false))
                .hasMessageContaining("mine.yaml:8:9: wrk knows no rate");
    }

    @Test
    void shouldGiveVariantsGeneratorsOfTheirOwn() {
        Scenario scenario = read(WELL.replace("[max, 5000, 30%]", "max").replace("- name: mesh", "- {name: mesh, generator: wrk}"), false);

        assertThat(scenario.allGenerators()).containsExactly(Generator.SOCKWAY, Generator.WRK);
        assertThat(scenario.generator("mesh", scenario.loads().getFirst())).isEqualTo(Generator.WRK);
        assertThat(scenario.comparesGenerators()).isFalse();
        assertThatThrownBy(() -> read(WELL.replace("body: 4KiB", "protocol: http2").replace("- name: mesh",
                "- {name: mesh, generator: fortio}"), false)).hasMessageContaining("fortio is given http1 only");
    }

    @Test
    void shouldNameTheOnlyMistakeOfWhatIsNoMapping() {
        assertThatThrownBy(() -> read("- a\n- b\n", false)).satisfies(failure ->
                assertThat(((ScenarioException) failure).lines()).containsExactly(
                        "mine.yaml:1:1: expected a mapping (key: value), found a list"));
    }

    @Test
    void shouldRefuseAnEmptyFile() {
        assertThatThrownBy(() -> read("", false)).hasMessageContaining("mine.yaml:1:1: is empty");
    }

    private static Scenario read(String text, boolean quick) {
        return ScenarioReader.read("mine.yaml", text, quick, TOPOLOGIES);
    }
}
