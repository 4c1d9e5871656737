package io.sockway.sidecar.admin;

import com.google.gson.JsonObject;
import io.sockway.sockops.Counters;
import io.sockway.sockops.FlowState;
import java.util.Map;

/**
 * What the admin server shows. Every method reads the state of this moment.
 *
 * <p>Implementations are thread-safe. The server calls from one thread of its own and never from its event loop, so that a call may
 * take milliseconds; one that takes longer than the server waits is answered for with 503. A call that throws becomes a 500 with
 * the exception's message.
 */
public interface AdminSource {

    /** The version of Sockway; the same over the life of the process. */
    String version();

    /** The answer to {@code /status}; the server does not change it. */
    JsonObject status();

    /** The answer to {@code /flows}; the server does not change it. */
    JsonObject flows();

    /** Totals since the programs were loaded. */
    Counters counters();

    /** Bytes that all flows, ended ones too, moved by TCP, as of the last pass. */
    long tcpBytes();

    /** How many flows there are in each state; a state without flows may be absent. */
    Map<FlowState, Integer> liveFlows();

    /** Whether new connections are paired and enrolled. */
    boolean ready();

    /** One line for people: why it is ready, or why not. */
    String readiness();

    /** Nanoseconds that the last enrolment pass took, 0 before the first. */
    long lastPassNanos();

    /** Enrolment passes that this process has made. */
    long passes();
}
