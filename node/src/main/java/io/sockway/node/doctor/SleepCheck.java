package io.sockway.node.doctor;

import io.sockway.node.host.Softnet;
import java.util.Map;

/** CPUs that sleep so deeply between packets that each packet waits for them. */
final class SleepCheck implements Check {
    private static final int WAKES_PER_SECOND = 200;
    private static final int PACKETS_PER_SECOND = 1_000;
    private static final String STATES = "sys/devices/system/cpu/cpu\\d+/cpuidle/state\\d+/usage";

    @Override
    public Area area() {
        return Area.CPU;
    }

    /** The sample has only the states that take long to wake from. */
    @Override
    public void look(View view, Report report) {
        Map<String, Long> wakes = view.numbersSince(STATES);
        long total = wakes.values().stream().mapToLong(Long::longValue).sum();
        long packets = view.softnetSince().stream().mapToLong(Softnet::processed).sum();
        if (total < WAKES_PER_SECOND * view.seconds() || packets < PACKETS_PER_SECOND * view.seconds()) {
            return;
        }
        String most = wakes.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey().replace("/usage", "");
        long micros = view.host().number(most + "/latency").orElse(0);
        report.found(Finding.of("deep-sleep", area())
                .seen("CPUs fall " + view.rate(total) + " times into a sleep that takes 100 µs or more to wake from, most often "
                        + view.host().text(most + "/name").orElse("?") + " with " + micros + " µs (/" + most + ", usage and latency)")
                .seen("meanwhile " + view.rate(packets) + " packets come in (/proc/net/softnet_stat)")
                .why("A packet for a CPU that sleeps waits until it is awake; a request crosses several CPUs, and waits at each.")
                .remedy("Where latency counts more than power: 'sockway tune apply --profile latency --only cpu' switches off the sleeps "
                        + "of more than 50 µs, and can put them back; by hand: echo 1 > /" + most + "/disable for each CPU.")
                .rated(Severity.ADVICE, Confidence.MEDIUM));
    }
}
