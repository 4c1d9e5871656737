package io.sockway.bench.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** A program that opens a lab with a process in a pod, says both names, and waits to be ended. */
final class LabProgram {
    private LabProgram() {
    }

    public static void main(String[] arguments) {
        try (Lab lab = Lab.open()) {
            Pod pod = lab.pod("only", 1, IpFamily.IPV4, OptionalInt.empty());
            LabProcess process = pod.processes().start(lab.scope(), new ProcessSpec("sleeper", User.APP, List.of("sleep", "60")));
            System.out.println(lab.name() + " " + process.pid());
            Await.sleep(Duration.ofSeconds(60));
        }
    }

    static Process start() throws Exception {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), LabProgram.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
