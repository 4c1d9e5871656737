package io.sockway.bench.faults;

import io.sockway.bench.lab.ContainerLink;
import io.sockway.bench.lab.ContainerNetwork;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.report.Goal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Runs through faults one after the other: silent before, named during, mended by tune, put back by revert. For one thread. */
public final class Faults {
    /** On a machine that is busy otherwise, a CPU that only packets keep busy may take a while to stand out. */
    private static final int LOOKS = 15;

    private Faults() {
    }

    /** The names of all of them. */
    public static List<String> names() {
        return Fault.all().map(Fault::label).toList();
    }

    /**
     * Makes those of the names.
     *
     * @param sockway the launcher
     * @param progress hears of each as it ends
     * @return for each, what was seen
     * @throws LabException when doctor or tune did not do what they should
     */
    public static List<Goal> run(Lab lab, ContainerNetwork network, List<String> names, Path sockway, PrintWriter progress) {
        List<Goal> goals = new ArrayList<>();
        for (Fault fault : Fault.all().filter(each -> names.contains(each.label())).toList()) {
            try (Scope scope = lab.scope().child()) {
                String seen = run(fault, new Bench(lab, network.connect(scope, ContainerLink.HOST), sockway), scope);
                progress.println("fault " + seen);
                progress.flush();
                goals.add(new Goal(seen, true));
            }
        }
        return goals;
    }

    private static String run(Fault fault, Bench bench, Scope scope) {
        if (bench.doctor(fault.looked(), fault.finding()).isPresent()) {
            throw new LabException("fault %s: doctor finds %s before there is any; end what else runs".formatted(fault.label(),
                    fault.finding()));
        }
        fault.prepare(bench, scope);
        String state = bench.state(fault.tuned());
        double before;
        List<String> evidence;
        try (Load load = fault.load(bench)) {
            before = load.gotThrough();
            evidence = found(fault, bench);
        }
        bench.apply(scope, fault.tuned(), fault.area());
        double after;
        try (Load load = fault.load(bench)) {
            after = load.gotThrough();
            bench.doctor(fault.looked(), fault.finding()).ifPresent(still -> {
                throw new LabException("fault %s: after tune, doctor still finds %s: %s".formatted(fault.label(), fault.finding(), still));
            });
        }
        bench.revert(fault.tuned());
        if (!bench.state(fault.tuned()).equals(state)) {
            throw new LabException("fault %s: tune revert did not put everything back".formatted(fault.label()));
        }
        return String.format(Locale.ROOT, "%s: doctor: %s (%s); gone after 'tune apply --only %s'; %s: %,.0f, then %,.0f: x%.2f; all put "
                + "back", fault.label(), fault.finding(), evidence.stream().filter(line -> line.contains(fault.evidence())).findFirst()
                .orElseThrow(), fault.area(), fault.unit(), before, after, after / Math.max(1, before));
    }

    private static List<String> found(Fault fault, Bench bench) {
        Optional<List<String>> evidence = Optional.empty();
        for (int look = 0; look < LOOKS && evidence.isEmpty(); look++) {
            evidence = bench.doctor(fault.looked(), fault.finding()).filter(lines -> lines.stream().anyMatch(line ->
                    line.contains(fault.evidence())));
        }
        return evidence.orElseThrow(() -> new LabException("fault %s: doctor does not find %s with '%s'".formatted(fault.label(),
                fault.finding(), fault.evidence())));
    }
}
