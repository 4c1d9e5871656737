package io.sockway.bench.faults;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.lab.Command;
import io.sockway.bench.lab.ContainerNetwork;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Tool;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;

/** Two namespaces with a link, and the commands that a person would type there. */
final class Bench {
    private static final String STATE = "sysctl -a 2>/dev/null | grep -e ^net -e ^vm | grep -v -e conntrack_count -e stat_refresh; "
            + "cat /sys/class/net/*/queues/*/rps_cpus /sys/class/net/*/queues/*/rps_flow_cnt";

    private final Lab lab;
    private final ContainerNetwork.Ends ends;
    private final Path sockway;
    private final Path journal;
    private final Path prefix;

    Bench(Lab lab, ContainerNetwork.Ends ends, Path sockway) {
        this.lab = lab;
        this.ends = ends;
        this.sockway = sockway;
        this.journal = lab.directory("journal");
        this.prefix = lab.directory("prefix");
    }

    String device() {
        return ends.device();
    }

    /** The server's. */
    InetAddress address() {
        try {
            return InetAddress.getByName(ends.address());
        } catch (UnknownHostException e) {
            throw new LabException("no address " + ends.address(), e);
        }
    }

    /** Opens sockets there. */
    <T> T in(Place place, Callable<T> task) {
        try {
            return pod(place).namespace().call(task);
        } catch (Exception e) {
            throw new LabException("cannot open sockets in " + pod(place).name(), e);
        }
    }

    private Pod pod(Place place) {
        return place == Place.CLIENT ? ends.client() : ends.server();
    }

    /** Runs a command there and returns what it printed; any exit code but 0 is a failure. */
    String command(Place place, String... command) {
        return built(place, List.of(command)).run();
    }

    /** The same, with further words. */
    void command(Place place, String program, String option, List<String> words) {
        List<String> all = new ArrayList<>(List.of(program, option));
        all.addAll(words);
        built(place, all).run();
    }

    /** With "ip netns exec", which shows the namespace's own devices in /sys. */
    private Command built(Place place, List<String> command) {
        List<Object> all = new ArrayList<>();
        if (place != Place.NODE) {
            all.addAll(List.of(Tool.IP.path(), "netns", "exec", lab.name() + "-" + pod(place).name()));
        }
        all.addAll(command);
        return Command.of(all.toArray());
    }

    /** Sets a sysctl, which the scope puts back. */
    void sysctl(Scope scope, Place place, String name, String value) {
        scope.own(() -> {
            String before = command(place, "sysctl", "-n", name).strip();
            command(place, "sysctl", "-qw", name + "=" + value);
            return () -> command(place, "sysctl", "-qw", name + "=" + before);
        });
    }

    /** A finding's evidence, if doctor has it. */
    Optional<List<String>> doctor(Place place, String finding) {
        Command.Result result = built(place, List.of(sockway.toString(), "doctor", "--json")).result();
        if (result.exitCode() != 0 && result.exitCode() != 1) {
            throw new LabException("sockway doctor failed (exit %d): %s".formatted(result.exitCode(), result.errors().strip()));
        }
        JsonObject diagnosis = JsonParser.parseString(result.output()).getAsJsonObject();
        return StreamSupport.stream(diagnosis.getAsJsonArray("findings").spliterator(), false).map(JsonElement::getAsJsonObject)
                .filter(each -> each.get("id").getAsString().equals(finding)).findFirst()
                .map(each -> each.getAsJsonArray("evidence").asList().stream().map(JsonElement::getAsString).toList());
    }

    /** Applies the standard profile to an area; the scope reverts it if nobody else does. */
    void apply(Scope scope, Place place, String area) {
        scope.own(() -> () -> built(place, tune("revert")).result());
        List<String> command = new ArrayList<>(tune("apply"));
        command.addAll(List.of("--only", area, "--no-sample"));
        built(place, command).run();
    }

    void revert(Place place) {
        built(place, tune("revert")).run();
    }

    private List<String> tune(String verb) {
        return List.of(sockway.toString(), "tune", verb, "--journal", journal.toString(), "--prefix", prefix.toString());
    }

    /** Everything that tune may change there. */
    String state(Place place) {
        return command(place, "/bin/sh", "-c", STATE);
    }
}
