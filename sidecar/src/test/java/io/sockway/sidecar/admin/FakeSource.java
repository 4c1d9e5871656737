package io.sockway.sidecar.admin;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.sockops.Counters;
import io.sockway.sockops.FlowState;
import io.sockway.sockops.Reason;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Says what a test has put into it. */
class FakeSource implements AdminSource {
    volatile long ends = 30;
    volatile long tcpBytes = 500;
    volatile long redirectedBytes = 9_007_199_254_740_991L;
    volatile Map<Reason, Long> passes = Map.of(Reason.UNREAD_TCP, 4L, Reason.CONNTRACK, 2L);
    volatile Map<Reason, Long> left = Map.of(Reason.STREAM, 3L);
    volatile boolean ready = true;
    volatile RuntimeException failure;
    volatile String flows = "{\"flows\":[]}";
    final AtomicInteger flowsAsked = new AtomicInteger();

    @Override
    public String version() {
        return "1.2.3";
    }

    @Override
    public JsonObject status() {
        if (failure != null) {
            throw failure;
        }
        return JsonParser.parseString("{\"version\":\"1.2.3\",\"mode\":\"on\",\"cgroup\":\"/sys/fs/cgroup/\u00e4\"}").getAsJsonObject();
    }

    @Override
    public JsonObject flows() {
        flowsAsked.incrementAndGet();
        return JsonParser.parseString(flows).getAsJsonObject();
    }

    @Override
    public Counters counters() {
        return new Counters(ends, 10, 1, 3, 8, 6, 70, redirectedBytes, 6, 200, 11, 12, passes, left);
    }

    @Override
    public long tcpBytes() {
        return tcpBytes;
    }

    @Override
    public Map<FlowState, Integer> liveFlows() {
        return Map.of(FlowState.ACTIVE, 3, FlowState.LEAVE_ASKED, 1, FlowState.LEAVING, 1);
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public String readiness() {
        return ready ? "attached to 1 cgroup" : "no cgroup is attached";
    }

    @Override
    public long lastPassNanos() {
        return 2_500_000;
    }

    @Override
    public long passes() {
        return 7;
    }
}
