package io.sockway.xds.discovery;

import java.time.Duration;

/** Follows one {@link Publisher#publish} until the last Envoy has answered. Thread-safe. */
public final class Publication {

    /**
     * What it took.
     *
     * @param envoys streams that were sent something; those for which nothing changed are not counted
     * @param responses messages that were sent
     * @param resources contained in them
     * @param removed names in them of resources that are gone
     * @param bytes of the resources
     * @param rejected responses that Envoys refused
     * @param time from the call until the last answer
     */
    public record Report(int envoys, int responses, long resources, long removed, long bytes, int rejected, Duration time) {
    }

    /** For what is sent to an Envoy because it asks, not because anything changed. Never ends. */
    static final Publication UNTOLD = new Publication(DiscoveryEvents.NONE);

    private final DiscoveryEvents events;
    private final long began = System.nanoTime();
    /** Answers that are due. Starts with one for the round over all streams, so that early answers do not end it. */
    private int open = 1;
    private int envoys;
    private int responses;
    private int rejected;
    private long resources;
    private long removed;
    private long bytes;

    Publication(DiscoveryEvents events) {
        this.events = events;
    }

    synchronized void envoy() {
        envoys++;
    }

    /** Counts a response, unless all is over; returns what to tell of its answer. */
    synchronized Publication sent(Changes changes) {
        if (open == 0) {
            return UNTOLD;
        }
        open++;
        responses++;
        resources += changes.resources().size();
        removed += changes.removed().size();
        changes.resources().forEach(resource -> bytes += resource.body().getValue().size());
        return this;
    }

    /** Something will be sent later; returns what to tell when it was. */
    synchronized Publication held() {
        if (open == 0) {
            return UNTOLD;
        }
        open++;
        return this;
    }

    synchronized void rejected() {
        rejected++;
    }

    /** One response was answered or its stream has ended, or what was held was sent, or the round over all streams is done. */
    void settled() {
        Report report;
        synchronized (this) {
            if (this == UNTOLD || --open > 0) {
                return;
            }
            report = new Report(envoys, responses, resources, removed, bytes, rejected, Duration.ofNanos(System.nanoTime() - began));
        }
        events.published(report);
    }
}
