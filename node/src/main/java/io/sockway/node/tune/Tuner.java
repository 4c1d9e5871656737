package io.sockway.node.tune;

import io.sockway.bpf.NetworkNamespace;
import io.sockway.node.doctor.Diagnosis;
import io.sockway.node.doctor.Finding;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Applies, reverts and verifies. Each former value is in the journal on disk before its setting changes; nothing that a plan does
 * not name is touched. Not thread-safe.
 */
public final class Tuner {
    private static final Pattern DEVICE = Pattern.compile("/sys/class/net/([^/]+)/.*|([^/]+)/[^/]+");

    private final Host host;
    private final Path journal;
    private final LastingFiles files;
    private final boolean lasting;

    /**
     * Works on a node.
     *
     * @param journal folder of the journal
     * @param prefix below which etc/sysctl.d and etc/udev/rules.d are
     * @param lasting whether to write those
     */
    public Tuner(Host host, Path journal, Path prefix, boolean lasting) {
        this.host = host;
        this.journal = journal;
        this.files = new LastingFiles(prefix);
        this.lasting = lasting;
    }

    /**
     * Makes the changes of a plan, and the files by which they last.
     *
     * @param before what doctor found, to compare with later; null for nothing
     * @return one outcome for each change
     * @throws HostException when nothing could be begun
     */
    public List<Outcome> apply(String profile, Plan plan, Diagnosis before) {
        List<Outcome> outcomes = new ArrayList<>();
        if (plan.changes().isEmpty() && !Journal.exists(journal)) {
            return outcomes;
        }
        try (Journal log = Journal.open(journal)) {
            requireSameNode(log);
            if (!plan.changes().isEmpty()) {
                log.begin(new Journal.Run(profile, boot(), namespace(), findings(before)));
            }
            for (Plan.Step step : plan.changes()) {
                outcomes.add(change(log, step));
            }
            if (lasting) {
                outcomes.addAll(writeFiles(log));
            }
        }
        return outcomes;
    }

    private Outcome change(Journal log, Plan.Step step) {
        Target target = step.proposal().target();
        String value = step.proposal().value();
        Optional<String> before = target.read(host);
        if (before.isEmpty()) {
            return new Outcome(target.key(), false, "is not there any more");
        }
        String former = before.get();
        boolean again = log.changes().containsKey(target.key());
        log.intend(intent(step, former, value));
        Optional<String> refusal = refusal(target, value);
        if (refusal.isPresent()) {
            return notMade(log, step, former, again, refusal.get());
        }
        String now = target.read(host).orElse("");
        if (target.same(now, value)) {
            return new Outcome(target.key(), true, TuneText.shown(former) + " -> " + TuneText.shown(value));
        }
        log.intend(intent(step, now, former));
        return notMade(log, step, former, again, "the kernel made " + now + " of " + value
                + refusal(target, former).map(text -> "; " + text).orElse(": put back to " + former));
    }

    /** A change that was not made leaves the value that an earlier apply gave, or none; one that stays by half stays in the journal. */
    private Outcome notMade(Journal log, Plan.Step step, String former, boolean again, String why) {
        Target target = step.proposal().target();
        Optional<String> now = target.read(host);
        if (now.filter(value -> target.same(value, former)).isEmpty()) {
            log.intend(intent(step, now.orElse(former), former));
            return new Outcome(target.key(), false, why + "; " + now.map(value -> "it is " + value + " now").orElse("it cannot be read now")
                    + " and was " + former + ": 'sockway tune revert' puts it back");
        }
        if (again) {
            log.intend(intent(step, former, former));
        } else {
            log.undone(target.key());
        }
        return new Outcome(target.key(), false, why);
    }

    private static Journal.Change intent(Plan.Step step, String from, String to) {
        Proposal proposal = step.proposal();
        return new Journal.Change(proposal.target().key(), proposal.area().label(), from, to, proposal.reason());
    }

    private Optional<String> refusal(Target target, String value) {
        try {
            target.write(host, value);
            return Optional.empty();
        } catch (HostException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** Virtual devices come and go under ever new names; those that come later begin with net.core.rps_default_mask. */
    private boolean lasts(Journal.Change change) {
        Matcher device = DEVICE.matcher(change.key());
        return !device.matches() || host.has("sys/class/net/" + (device.group(1) == null ? device.group(2) : device.group(1)) + "/device");
    }

    private List<Outcome> writeFiles(Journal log) {
        List<Outcome> outcomes = new ArrayList<>();
        files.render(log.changes().values().stream().filter(this::lasts).toList()).forEach((path, content) -> {
            Optional<String> now = files.read(path);
            if (now.filter(content::equals).isEmpty()) {
                log.intend(new Journal.Change(LastingFiles.PREFIX + path, "", now.orElse(null), content, "makes the settings last over a "
                        + "reboot"));
                try {
                    files.write(path, content);
                    outcomes.add(new Outcome("/" + path, true, now.isEmpty() ? "written" : "rewritten"));
                } catch (HostException e) {
                    outcomes.add(new Outcome("/" + path, false, e.getMessage()));
                }
            }
        });
        return outcomes;
    }

    /**
     * Puts everything back, last change first. What someone else has changed since is left alone and told of.
     *
     * @param force puts back such settings too
     */
    public List<Outcome> revert(boolean force) {
        if (!Journal.exists(journal)) {
            return List.of();
        }
        List<Outcome> outcomes = new ArrayList<>();
        try (Journal log = Journal.open(journal)) {
            requireSameNode(log);
            for (Journal.Change change : new ArrayList<>(log.changes().values()).reversed()) {
                Outcome outcome = change.key().startsWith(LastingFiles.PREFIX) ? restoreFile(log, change, force)
                        : restore(log, change, force);
                if (outcome.done()) {
                    log.undone(change.key());
                }
                outcomes.add(outcome);
            }
        }
        return outcomes;
    }

    private Outcome restore(Journal log, Journal.Change change, boolean force) {
        Target target = Target.of(change.key());
        Optional<String> now = target.read(host);
        if (now.isEmpty()) {
            return new Outcome(change.key(), true, "is not there any more");
        }
        if (target.same(now.get(), change.former())) {
            return new Outcome(change.key(), true, "is " + change.former() + " already");
        }
        if (log.values(change.key()).stream().noneMatch(value -> target.same(value, now.get())) && !force) {
            return new Outcome(change.key(), false, "someone else has made it " + now.get() + " since: left alone (--force makes it "
                    + change.former() + ")");
        }
        try {
            target.write(host, change.former());
        } catch (HostException e) {
            return new Outcome(change.key(), false, e.getMessage());
        }
        String restored = target.read(host).orElse("");
        return target.same(restored, change.former())
                ? new Outcome(change.key(), true, TuneText.shown(now.get()) + " -> " + TuneText.shown(change.former()))
                : new Outcome(change.key(), false, "the kernel made " + restored + " of " + change.former());
    }

    private Outcome restoreFile(Journal log, Journal.Change change, boolean force) {
        String path = change.key().substring(LastingFiles.PREFIX.length());
        try {
            String now = files.read(path).orElse(null);
            if (Objects.equals(now, change.former())) {
                return new Outcome("/" + path, true, "is as it was already");
            }
            if (!log.values(change.key()).contains(now) && !force) {
                return new Outcome("/" + path, false, "someone else has changed it since: left alone (--force puts it back)");
            }
            files.write(path, change.former());
            return new Outcome("/" + path, true, change.former() == null ? "removed" : "put back");
        } catch (HostException e) {
            return new Outcome("/" + path, false, e.getMessage());
        }
    }

    /** Tells which changes are still as they were made. */
    public List<Outcome> verify() {
        if (!Journal.exists(journal)) {
            return List.of();
        }
        List<Outcome> outcomes = new ArrayList<>();
        try (Journal log = Journal.open(journal)) {
            for (Journal.Change change : log.changes().values()) {
                if (change.key().startsWith(LastingFiles.PREFIX)) {
                    String path = change.key().substring(LastingFiles.PREFIX.length());
                    boolean kept = files.read(path).filter(change.value()::equals).isPresent();
                    outcomes.add(new Outcome("/" + path, kept, kept ? "kept" : "changed or removed by someone else"));
                } else {
                    Target target = Target.of(change.key());
                    Optional<String> now = target.read(host);
                    boolean kept = now.filter(value -> target.same(value, change.value())).isPresent();
                    outcomes.add(new Outcome(change.key(), kept, kept ? "kept: " + change.value()
                            : now.map(value -> "is " + value + " and should be " + change.value()).orElse("is not there any more")));
                }
            }
        }
        return outcomes;
    }

    /** What doctor found before the last apply, first line of evidence by id. */
    public Map<String, String> findingsBefore() {
        if (!Journal.exists(journal)) {
            return Map.of();
        }
        try (Journal log = Journal.open(journal)) {
            return log.lastRun().map(Journal.Run::findings).orElse(Map.of());
        }
    }

    private void requireSameNode(Journal log) {
        log.lastRun().ifPresent(run -> {
            if (run.boot().equals(boot()) && !run.namespace().equals(namespace()) && !log.changes().isEmpty()) {
                throw new HostException("the journal in " + journal + " belongs to another network namespace (" + run.namespace()
                        + "): work from there, or name another folder with --journal");
            }
        });
    }

    private String boot() {
        return host.text("proc/sys/kernel/random/boot_id").orElse("");
    }

    private String namespace() {
        String id = host.isLive() ? NetworkNamespace.ownId() : "";
        return id == null ? "" : id;
    }

    private static Map<String, String> findings(Diagnosis before) {
        Map<String, String> findings = new LinkedHashMap<>();
        if (before != null) {
            for (Finding finding : before.findings()) {
                findings.putIfAbsent(finding.id(), finding.evidence().isEmpty() ? "" : finding.evidence().getFirst());
            }
        }
        return findings;
    }
}
