package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.NetDevice;
import java.util.List;

/** Waiting for memory. */
final class MemoryCheck implements Check {
    private static final String VMSTAT = "proc/vmstat";
    private static final double SOME = 0.1;
    private static final double ALL = 0.05;
    private static final List<String> STALLS = List.of("allocstall_dma", "allocstall_dma32", "allocstall_normal", "allocstall_movable");

    @Override
    public Area area() {
        return Area.MEMORY;
    }

    @Override
    public void look(View view, Report report) {
        if (view.file("proc/pressure/memory").isEmpty()) {
            report.unseen(area(), "memory pressure: this kernel has no /proc/pressure (CONFIG_PSI, psi=1)");
        }
        double some = view.pressure("memory", false);
        double full = view.pressure("memory", true);
        if (some >= SOME || full >= ALL) {
            report.found(Finding.of("memory-pressure", area())
                    .seen(Figures.percent(some) + " of the time some task waited for memory, " + Figures.percent(full) + " of it all "
                            + "tasks did (/proc/pressure/memory)")
                    .why("Programs stand still while the kernel looks for memory, and packets find no buffers.")
                    .remedy("Find the largest programs ('top', sorted with M) and give them limits, or the node more memory.")
                    .rated(full >= ALL ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH));
        }
        long killed = view.since(VMSTAT, Counters::lines, "oom_kill");
        if (killed > 0) {
            report.found(Finding.of("oom-kill", area())
                    .seen(Figures.plural(killed, "process") + (killed == 1 ? " was" : " were") + " killed for lack of memory (oom_kill "
                            + "in /" + VMSTAT
                            + ")")
                    .why("The kernel, or a cgroup's limit, had no memory left and ended a program.")
                    .remedy("'dmesg' names the program and the cgroup: raise that limit, or find what grows in it.")
                    .rated(Severity.CRITICAL, Confidence.HIGH));
        }
        reclaim(view, report);
        dirty(view, report);
    }

    private void reclaim(View view, Report report) {
        long stalls = STALLS.stream().mapToLong(name -> view.since(VMSTAT, Counters::lines, name)).sum();
        if (stalls == 0) {
            return;
        }
        long scanned = view.since(VMSTAT, Counters::lines, "pgscan_direct");
        long free = view.sysctl("vm.min_free_kbytes", 0);
        long scale = view.sysctl("vm.watermark_scale_factor", 0);
        long speed = view.devices().stream().mapToLong(NetDevice::speedMbit).max().orElse(0);
        report.found(Finding.of("direct-reclaim", area())
                .seen(view.rate(stalls) + " times a program had to free memory itself before it got some (allocstall in /" + VMSTAT + "); "
                        + view.rate(scanned) + " pages looked at")
                .seen("vm.min_free_kbytes is " + free + ", vm.watermark_scale_factor " + scale
                        + (speed > 0 ? "; the fastest network card brings " + Figures.count(speed * 125) + " kB/s" : ""))
                .why("The kernel frees memory in the background too late: too little is kept free for bursts, and whoever asks then "
                        + "waits. Packets that arrive meanwhile may be dropped.")
                .remedy("sysctl -w vm.watermark_scale_factor=" + Math.min(1000, Math.max(100, scale * 4)) + "   (in 1/10,000 of memory "
                        + "that background reclaim keeps free; 'sockway tune apply --only memory' does it, and can put it back)")
                .rated(Severity.WARNING, Confidence.HIGH));
    }

    private void dirty(View view, Report report) {
        Counters now = view.now(VMSTAT, Counters::lines);
        long dirty = now.get("nr_dirty") + now.get("nr_writeback");
        long limit = now.get("nr_dirty_threshold");
        if (limit > 0 && dirty >= limit * 0.9) {
            report.found(Finding.of("dirty-limit", area())
                    .seen(Figures.count(dirty * 4) + " kB wait to be written to disk; at " + Figures.count(limit * 4) + " kB every "
                            + "writer is made to wait (nr_dirty, nr_writeback and nr_dirty_threshold in /" + VMSTAT + ")")
                    .why("Programs that write a log line stand still until the disk has caught up.")
                    .remedy("Write back earlier, so that the limit is not met: sysctl -w vm.dirty_background_ratio=" + Math.max(1,
                            view.sysctl("vm.dirty_background_ratio", 10) / 2) + "; and look at what writes so much.")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }
}
