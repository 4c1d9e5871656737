package io.sockway.sidecar.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.sidecar.Version;
import io.sockway.sidecar.admin.AdminSource;
import io.sockway.sidecar.report.Reports;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Counters;
import io.sockway.sockops.Enroller;
import io.sockway.sockops.FlowState;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the admin server of a running sidecar shows. */
final class LiveSource implements AdminSource {
    private static final int MAX_FLOWS = 1000;

    private final Accelerator accelerator;
    private final Enroller enroller;
    private final LiveAnnotations annotations;
    private final AtomicLong tcpBytes = new AtomicLong();

    /** Over both, and the pod's annotations, null where none are followed. */
    LiveSource(Accelerator accelerator, Enroller enroller, LiveAnnotations annotations) {
        this.accelerator = accelerator;
        this.enroller = enroller;
        this.annotations = annotations;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public JsonObject status() {
        JsonObject status = Reports.status(accelerator);
        JsonArray notes = new JsonArray();
        if (annotations != null) {
            annotations.notes().forEach(notes::add);
        }
        if (accelerator.shares() && accelerator.sameNode()) {
            notes.add("same-node is on; other pods of this node that connections lead to: " + accelerator.podsAcross());
        }
        status.add("notes", notes);
        return status;
    }

    @Override
    public JsonObject flows() {
        return Reports.flows(accelerator, MAX_FLOWS);
    }

    @Override
    public Counters counters() {
        return accelerator.counters();
    }

    /** A flow that ends between two reads may be counted twice or not at all: the highest value so far never runs backwards. */
    @Override
    public long tcpBytes() {
        return tcpBytes.accumulateAndGet(accelerator.counters().closedTcpBytes() + accelerator.flowTotals().tcpBytes(), Math::max);
    }

    @Override
    public Map<FlowState, Integer> liveFlows() {
        return accelerator.flowTotals().states();
    }

    @Override
    public boolean ready() {
        return enroller.failure() == null && enroller.passes() > 0;
    }

    @Override
    public String readiness() {
        if (enroller.failure() != null) {
            return "enrolment has stopped, new connections stay on TCP: " + enroller.failure().getMessage();
        }
        return ready() ? "attached and enrolling" : "the first pass has not ended yet";
    }

    @Override
    public long lastPassNanos() {
        return enroller.lastPassNanos();
    }

    @Override
    public long passes() {
        return enroller.passes();
    }
}
