package io.sockway.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void shouldAcceptASlightChange() throws Exception {
        assertThat(compare(run("a", true, 1_000, 1_010, 990), run("b", true, 960, 970, 950))).isZero();
        assertThat(out.toString()).contains("rps", "-4.0 %", "No regression beyond 10 %");
    }

    @Test
    void shouldFailPastTheThreshold() throws Exception {
        assertThat(compare(run("a", true, 1_000, 1_010, 990), run("b", true, 800, 810, 790))).isEqualTo(1);
        assertThat(out.toString()).contains("REGRESSION");
        assertThat(compare(run("a", true, 1_000, 1_010, 990), run("b", true, 800, 810, 790), "--threshold", "25")).isZero();
        assertThat(compare(run("a", true, 800, 810, 790), run("b", true, 1_000, 1_010, 990))).isZero();
    }

    @Test
    void shouldNotFailForRoundsThatDisagree() throws Exception {
        assertThat(compare(run("a", true, 1_000, 1_010, 990), run("b", true, 800, 810, 1_100))).isZero();
    }

    @Test
    void shouldFailForAVariantThatIsNoLongerValid() throws Exception {
        assertThat(compare(run("a", true, 1_000), run("b", false, 1_000))).isEqualTo(1);
        assertThat(out.toString()).contains("LOST: mesh is valid in A, and not in B");
    }

    @Test
    void shouldFailForAFigureThatIsNoNumberAnyMore() throws Exception {
        Path before = written("a", "pod", "\"rps\":1000,\"p50_us\":80");
        assertThat(compare(before, written("b", "pod", "\"rps\":NaN,\"p50_us\":80"))).isEqualTo(1);
        assertThat(out.toString()).contains("LOST: rps of mesh, 16 connections, is a number in A, and not in B");
        assertThat(compare(before, written("c", "pod", "\"rps\":NaN,\"p50_us\":null"))).isEqualTo(2);
        assertThat(err.toString()).contains("nothing is in both");
    }

    @Test
    void shouldSayThatTheScenariosDiffer() throws Exception {
        assertThat(compare(written("a", "pod", "\"rps\":1000"), written("b", "mine", "\"rps\":1000"))).isZero();
        assertThat(out.toString()).contains("Note: A is of the scenario pod, B of mine");
    }

    @Test
    void shouldLeaveOutRoundsThatDoNotCount() throws Exception {
        Path disturbed = Files.writeString(folder.resolve("b.json"), """
                {"format":2,"scenario":"pod","loads":[{"load":"16 connections","counted_rounds":[2]}],
                "variants":[{"name":"mesh","valid":true,"rounds":[{"round":1,"load":"16 connections","rps":1},
                {"round":2,"load":"16 connections","rps":1000}]}],"ratios":[]}
                """);
        assertThat(compare(run("a", true, 1_000), disturbed)).isZero();
        assertThat(out.toString()).contains("+0.0 %");
    }

    @Test
    void shouldSayWhatIsWrongWithAFileOrAnOption() throws Exception {
        Path good = run("a", true, 1_000);
        assertThat(compare(good, folder.resolve("missing.json"))).isEqualTo(2);
        assertThat(compare(good, Files.writeString(folder.resolve("other.json"), "{\"format\":2}"))).isEqualTo(2);
        assertThat(compare(good, Files.writeString(folder.resolve("text.json"), "hello"))).isEqualTo(2);
        assertThat(compare(good, Files.writeString(folder.resolve("old.json"), "{\"format\":1}"))).isEqualTo(2);
        assertThat(compare(good, good, "--metrics", "speed")).isEqualTo(2);
        assertThat(compare(good, good, "--threshold", "-1")).isEqualTo(2);
        assertThat(err.toString()).contains("cannot read", "other.json is no report", "text.json is no report",
                "old.json has format 1, this program reads format 2", "'speed' is no metric", "--threshold must be 0 to 1000");
    }

    private int compare(Path a, Path b, String... options) {
        String[] arguments = Stream.concat(Stream.of(a.toString(), b.toString()),
                Stream.of(options)).toArray(String[]::new);
        return new CommandLine(new CompareCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(arguments);
    }

    private Path written(String name, String scenario, String figures) throws IOException {
        return Files.writeString(folder.resolve(name + ".json"), """
                {"format":2,"scenario":"%s","variants":[{"name":"mesh","valid":true,"rounds":[{"load":"16 connections",%s}]}],"ratios":[]}
                """.formatted(scenario, figures));
    }

    private Path run(String name, boolean valid, double... rates) throws IOException {
        String rounds = DoubleStream.of(rates).mapToObj(rate -> String.format(Locale.ROOT,
                "{\"load\":\"16 connections\",\"rps\":%.1f,\"errors\":0}", rate)).collect(Collectors.joining(","));
        return Files.writeString(folder.resolve(name + ".json"), """
                {"format":2,"scenario":"pod","variants":[{"name":"mesh","valid":%s,"rounds":[%s]}],"ratios":[]}
                """.formatted(valid, rounds));
    }
}
