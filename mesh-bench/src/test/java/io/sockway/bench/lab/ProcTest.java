package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcTest {
    @Test
    void shouldReadTimesBehindANameWithBlanksAndParentheses() {
        ProcessStat stat = ProcessStat.parse(
                "4711 (a) b (c) R 42 4711 4711 0 -1 4194304 100 0 0 0 150 25 30 4 20 0 1 0 12345 1000 50");

        assertThat(stat).isEqualTo(new ProcessStat(42, 175, 34));
    }

    @Test
    void shouldFindThisProcessAndNoneThatHasEnded() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();

        assertThat(ProcessStat.read(ProcessHandle.current().pid())).isPresent();
        assertThat(ProcessStat.read(ended.pid())).isEmpty();
    }

    @Test
    void shouldReadCpuLists() {
        assertThat(Cpus.parse("\t0-2,5\n")).containsExactly(0, 1, 2, 5);
        assertThat(Cpus.allowed()).isNotEmpty();
    }
}
