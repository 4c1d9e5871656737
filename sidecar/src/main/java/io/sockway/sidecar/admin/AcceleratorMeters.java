package io.sockway.sidecar.admin;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sockway.sockops.FlowState;
import io.sockway.sockops.Reason;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What the accelerator has counted, as meters. A scrape reads the source once, so that its figures belong together, and none of them
 * is counted here: a counter is what the programs in the kernel have counted. Not safe for use by several threads.
 */
final class AcceleratorMeters {
    private final AdminSource source;
    private final MeterRegistry registry;
    private final Set<Reason> left = EnumSet.noneOf(Reason.class);
    private final Set<Reason> passed = EnumSet.noneOf(Reason.class);
    private Sample sample;

    AcceleratorMeters(AdminSource source, MeterRegistry registry) {
        this.source = source;
        this.registry = registry;
        traffic();
        flows();
    }

    /** Reads the source for the scrape that follows. */
    void read() {
        sample = Sample.take(source, sample);
        sample.counters().left().keySet().stream().filter(left::add).forEach(this::left);
        sample.counters().passes().keySet().stream().filter(passed::add).forEach(this::passed);
    }

    private void traffic() {
        counter("redirected.bytes", "bytes", "Bytes that went socket to socket", s -> s.counters().redirectedBytes());
        counter("redirected.messages", null, "Messages that went socket to socket", s -> s.counters().redirectedMessages());
        counter("tcp.bytes", "bytes", "Bytes of flows that went by TCP, as of the last pass", Sample::tcpBytes);
        counter("tcp.messages", null, "Messages of enrolled sockets that went by TCP", s -> s.counters().tcpMessages());
        counter("would.redirect.bytes", "bytes", "Bytes that observe mode let pass", s -> s.counters().wouldRedirectBytes());
    }

    private void flows() {
        counter("flows.paired", null, "Flows of which both ends were found", s -> s.counters().paired());
        counter("flows.adopted", null, "Paired flows that are older than the attach", s -> s.counters().adopted());
        counter("flows.across", null, "Paired flows whose other end is in another pod that shares them", s -> s.counters().across());
        counter("flows.enrolled", null, "Times that a flow became active", s -> s.counters().enrolled());
        counter("flows.closed", null, "Paired flows that have ended", s -> s.counters().closed());
        counter("ends.unpaired", null, "Sockets whose other end is elsewhere, or that did not live until a pass", Sample::unpairedEnds);
        counter("wakes", null, "Times that the programs asked for an enrolment pass", s -> s.counters().wakes());
        counter("enrolment.passes", null, "Enrolment passes of this process", Sample::enrolmentPasses);
        gauge("enrolment.last.pass.seconds", "seconds", "Duration of the last enrolment pass", Sample::lastPassSeconds);
        Arrays.stream(FlowState.values()).map(FlowState::label).distinct().forEach(this::live);
    }

    private void live(String state) {
        Gauge.builder("sockway.flows", this, meters -> meters.sample.live(state)).description("Flows that live, by state")
                .tag("state", state).strongReference(true).register(registry);
    }

    /** A reason gets its series when it first occurs. */
    private void left(Reason reason) {
        reasoned("flows.left", "Flows that left the sockhash, by reason", reason, s -> s.counters().left().getOrDefault(reason, 0L));
    }

    private void passed(Reason reason) {
        reasoned("passes", "Messages of enrolled sockets that went by TCP, by reason", reason,
                s -> s.counters().passes().getOrDefault(reason, 0L));
    }

    private void reasoned(String name, String description, Reason reason, ToDoubleFunction<Sample> value) {
        FunctionCounter.builder("sockway." + name, this, meters -> value.applyAsDouble(meters.sample)).description(description)
                .tag("reason", reason.label()).register(registry);
    }

    private void counter(String name, String unit, String description, ToDoubleFunction<Sample> value) {
        FunctionCounter.builder("sockway." + name, this, meters -> value.applyAsDouble(meters.sample)).description(description)
                .baseUnit(unit).register(registry);
    }

    private void gauge(String name, String unit, String description, ToDoubleFunction<Sample> value) {
        Gauge.builder("sockway." + name, this, meters -> value.applyAsDouble(meters.sample)).description(description)
                .baseUnit(unit).strongReference(true).register(registry);
    }
}
