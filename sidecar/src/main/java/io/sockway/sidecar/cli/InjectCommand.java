package io.sockway.sidecar.cli;

import io.sockway.deploy.manifest.ManifestInjector;
import io.sockway.deploy.yaml.YamlException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway inject}. */
@Command(name = "inject", mixinStandardHelpOptions = true, description = {
    "Add Sockway to the pods of Kubernetes manifests, YAML or JSON, and print them; nothing is sent anywhere.",
    "Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Pod and lists of them; all else is printed as "
    + "it is, with comments and layout. Running it on its own output changes nothing. A pod with sockway.io/inject: \"false\" is left "
    + "alone."},
        footer = {"", "  sockway inject -f app.yaml | kubectl apply -f -"})
final class InjectCommand implements Callable<Integer> {
    private static final Path STDIN = Path.of("-");

    @Option(names = {"-f", "--filename"}, paramLabel = "FILE", required = true, arity = "1",
            description = "Manifests; - for standard input. May be repeated.")
    private List<Path> files;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write there instead of standard output; may be the input file.")
    private Path output;

    @Mixin
    private InjectOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter err = spec.commandLine().getErr();
        ManifestInjector injector = new ManifestInjector(options.injector());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int problems = 0;
        for (Path file : files) {
            String name = file.equals(STDIN) ? "standard input" : file.toString();
            ManifestInjector.Result result;
            try {
                result = injector.inject(name, read(file, name));
            } catch (YamlException e) {
                throw new CommandFailedException(e.getMessage());
            }
            result.notes().forEach(note -> err.println("sockway: " + note));
            result.problems().forEach(problem -> err.println("sockway: " + name + ": " + problem));
            problems += result.problems().size();
            separate(all, result.text());
            all.write(result.text().getBytes(StandardCharsets.UTF_8));
        }
        if (problems > 0) {
            throw new CommandFailedException("nothing is printed because of " + (problems == 1 ? "this problem" : "these problems"));
        }
        if (output == null) {
            System.out.write(all.toByteArray());
            System.out.flush();
        } else {
            write(all.toByteArray());
        }
        return 0;
    }

    /** Documents of two files must not run into each other. */
    private static void separate(ByteArrayOutputStream all, String next) throws IOException {
        if (all.size() == 0) {
            return;
        }
        String before = all.toString(StandardCharsets.UTF_8);
        all.write((before.endsWith("\n") ? "" : "\n").getBytes(StandardCharsets.UTF_8));
        if (!next.startsWith("---") && !before.stripTrailing().endsWith("---")) {
            all.write("---\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String read(Path file, String name) throws IOException {
        try {
            byte[] bytes = file.equals(STDIN) ? System.in.readAllBytes() : Files.readAllBytes(file);
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new CommandFailedException(name + " is not UTF-8");
        } catch (NoSuchFileException e) {
            throw new CommandFailedException("no file " + name);
        } catch (AccessDeniedException e) {
            throw new CommandFailedException("no permission to read " + name);
        } catch (IOException e) {
            throw new CommandFailedException("cannot read " + name + ": " + e.getMessage());
        }
    }

    private void write(byte[] bytes) {
        try (OutputStream out = Files.newOutputStream(output)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new CommandFailedException("cannot write " + output + ": " + e.getMessage());
        }
    }
}
