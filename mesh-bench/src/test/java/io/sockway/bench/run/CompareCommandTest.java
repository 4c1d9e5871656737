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

    private Path run(String name, boolean valid, double... rates) throws IOException {
        String rounds = DoubleStream.of(rates).mapToObj(rate -> String.format(Locale.ROOT,
                "{\"load\":\"16 connections\",\"rps\":%.1f,\"errors\":0}", rate)).collect(Collectors.joining(","));
        return Files.writeString(folder.resolve(name + ".json"), """
                {"format":2,"scenario":"pod","variants":[{"name":"mesh","valid":%s,"rounds":[%s]}],"ratios":[]}
                """.formatted(valid, rounds));
    }
}
