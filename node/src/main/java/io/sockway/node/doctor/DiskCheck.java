package io.sockway.node.doctor;

import java.util.ArrayList;
import java.util.List;

/** Waiting for disks. */
final class DiskCheck implements Check {
    private static final double SOME = 0.3;

    @Override
    public Area area() {
        return Area.DISK;
    }

    @Override
    public void look(View view, Report report) {
        double some = view.pressure("io", false);
        if (some < SOME) {
            return;
        }
        double full = view.pressure("io", true);
        List<String> evidence = new ArrayList<>(List.of(Figures.percent(some) + " of the time some task waited for a disk, "
                + Figures.percent(full) + " of it all tasks did (/proc/pressure/io)"));
        boolean limits = view.host().text(view.cgroups().substring(1) + "/cgroup.controllers")
                .filter(all -> List.of(all.split(" ")).contains("io")).isPresent();
        report.found(Finding.of("disk-pressure", area()).seen(evidence)
                .why("Programs that read or write files stand still: access logs, probes, and everything that shares the disk with them.")
                .remedy("'iotop'" + (limits ? " or " + view.cgroups() + "/*/io.stat" : "") + " shows who; move it to another disk, "
                        + (limits ? "limit it (io.max), " : "") + "or write less (Envoy access logs).")
                .rated(Severity.WARNING, Confidence.HIGH));
        for (String disk : view.host().names("sys/block")) {
            String folder = "sys/block/" + disk + "/queue/";
            String scheduler = view.host().text(folder + "scheduler").orElse("");
            boolean rotates = view.host().text(folder + "rotational").orElse("0").equals("1");
            boolean virtual = disk.startsWith("loop") || disk.startsWith("ram") || disk.startsWith("zram") || disk.startsWith("vd");
            if (rotates && !virtual && scheduler.contains("[none]") && scheduler.contains("mq-deadline")) {
                report.found(scheduler(disk, "none", "mq-deadline", "a disk with moving heads gains from requests in order", folder));
            } else if (disk.startsWith("nvme") && scheduler.contains("[bfq]")) {
                report.found(scheduler(disk, "bfq", "none", "an NVMe drive orders requests itself, and bfq costs CPU for each", folder));
            }
        }
    }

    private Finding scheduler(String disk, String now, String better, String because, String folder) {
        return Finding.of("disk-scheduler", area())
                .seen(disk + " uses the scheduler " + now + " (/" + folder + "scheduler) while tasks wait for disks")
                .why("The scheduler does not fit the device: " + because + ".")
                .remedy("echo " + better + " > /" + folder + "scheduler")
                .rated(Severity.ADVICE, Confidence.MEDIUM);
    }
}
