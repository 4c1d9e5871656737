package io.sockway.node.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.sockway.node.doctor.Area;
import io.sockway.node.doctor.RecordedNode;
import io.sockway.node.host.Ethtool;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TunerTest {
    private static final String BACKLOG = "proc/sys/net/core/netdev_max_backlog";

    @TempDir
    private Path folder;

    private RecordedNode node;
    private Host host;
    private Tuner tuner;

    @BeforeEach
    void record() {
        node = new RecordedNode(folder);
        host = node.host();
        tuner = new Tuner(host, folder.resolve("journal"), folder.resolve("prefix"), true);
    }

    private Plan plan(Profile profile, Area... only) {
        return new Request(profile, Set.of(only), Map.of()).plan(host);
    }

    private Plan set(String key, String value) {
        return new Request(null, Set.of(), Map.of(key, value)).plan(host);
    }

    private String read(String path) {
        return host.text(path).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void shouldPutEveryByteBack(Profile profile) {
        Map<String, String> before = tree();
        List<Outcome> applied = tuner.apply(profile.label(), plan(profile), null);
        assertThat(applied).isNotEmpty().allMatch(Outcome::done);
        assertThat(tree()).isNotEqualTo(before);
        assertThat(tuner.verify()).hasSameSizeAs(applied).allMatch(Outcome::done);
        assertThat(tuner.revert(false)).hasSameSizeAs(applied).allMatch(Outcome::done);
        assertThat(tree()).isEqualTo(before);
        assertThat(tuner.revert(false)).isEmpty();
    }

    @Test
    void shouldChangeNothingWhenAppliedAgain() {
        tuner.apply("throughput", plan(Profile.THROUGHPUT), null);
        Map<String, String> once = tree();
        assertThat(plan(Profile.THROUGHPUT).changes()).isEmpty();
        assertThat(tuner.apply("throughput", plan(Profile.THROUGHPUT), null)).isEmpty();
        assertThat(tree()).isEqualTo(once);
    }

    @Test
    void shouldLeaveNothingWhereNothingWasToDo() {
        node.both(BACKLOG, "32768\n");
        assertThat(tuner.apply("none", set("net.core.netdev_max_backlog", "32768"), null)).isEmpty();
        assertThat(folder.resolve("journal")).doesNotExist();
        RoundingCard card = new RoundingCard(512);
        card.refuse = true;
        assertThat(onCard(card).apply("none", rings(card, 1024), null)).noneMatch(Outcome::done);
        assertThat(folder.resolve("journal")).doesNotExist();
    }

    @Test
    void shouldTakeAwayTheFoldersThatItMadeAndNoOthers() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        for (Path journal : List.of(mine, mine.resolve("a/b"))) {
            Tuner there = new Tuner(host, journal, folder.resolve("prefix"), true);
            assertThat(there.apply("none", set("net.core.netdev_max_backlog", "5000"), null)).allMatch(Outcome::done);
            assertThat(journal.resolve("tune.journal")).exists();
            assertThat(there.revert(false)).allMatch(Outcome::done);
            assertThat(mine).isEmptyDirectory();
        }
        Tuner there = new Tuner(host, mine.resolve("a/b"), folder.resolve("prefix"), true);
        there.apply("none", set("net.core.netdev_max_backlog", "5000"), null);
        Path others = Files.createFile(mine.resolve("a/others"));
        assertThat(there.revert(false)).allMatch(Outcome::done);
        assertThat(mine.resolve("a/b")).doesNotExist();
        assertThat(others).exists();
    }

    @Test
    void shouldTouchOnlyTheAreaThatWasAskedFor() {
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT, Area.KERNEL_INPUT), null);
        assertThat(read(BACKLOG)).isEqualTo("32768");
        assertThat(read("proc/sys/vm/watermark_scale_factor")).isEqualTo("10");
        assertThat(folder.resolve("prefix/etc/sysctl.d/90-sockway.conf")).content().contains("net.core.netdev_max_backlog = 32768")
                .doesNotContain("vm.");
        assertThat(folder.resolve("prefix/etc/udev")).doesNotExist();
    }

    @Test
    void shouldNeverLowerWhatIsBetterAlready() {
        node.both(BACKLOG, "100000\n").both("proc/sys/net/core/somaxconn", "65535\n");
        assertThat(plan(Profile.NODE_DEFAULT).changes()).extracting(step -> step.proposal().target().key())
                .doesNotContain("net.core.netdev_max_backlog", "net.core.somaxconn");
    }

    @Test
    void shouldRememberTheFirstValueOverSeveralApplies() {
        tuner.apply("none", set("net.core.netdev_max_backlog", "5000"), null);
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT), null);
        assertThat(read(BACKLOG)).isEqualTo("32768");
        assertThat(tuner.revert(false)).allMatch(Outcome::done);
        assertThat(read(BACKLOG)).isEqualTo("1000");
    }

    @Test
    void shouldPutBackAfterACrashBeforeTheChange() {
        crashAfterIntent("5000");
        assertThat(read(BACKLOG)).isEqualTo("1000");
        assertThat(tuner.revert(false)).singleElement().matches(Outcome::done);
        assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
    }

    @Test
    void shouldPutBackAfterACrashBetweenTheSecondIntentAndItsChange() {
        tuner.apply("none", set("net.core.netdev_max_backlog", "5000"), null);
        crashAfterIntent("9000");
        assertThat(read(BACKLOG)).isEqualTo("5000");
        assertThat(tuner.revert(false)).allMatch(Outcome::done);
        assertThat(read(BACKLOG)).isEqualTo("1000");
    }

    @Test
    void shouldSurviveALineThatACrashCutShort() throws IOException {
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT), null);
        Files.writeString(folder.resolve("journal/tune.journal"), "{\"key\":\"net.core.som", StandardOpenOption.APPEND);
        assertThat(tuner.apply("throughput", plan(Profile.THROUGHPUT), null)).isNotEmpty().allMatch(Outcome::done);
        assertThat(tuner.revert(false)).allMatch(Outcome::done);
        assertThat(read(BACKLOG)).isEqualTo("1000");
    }

    @Test
    void shouldPutBackAfterARebootThatBroughtTheOldValues() {
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT), null);
        node.after("proc/sys/kernel/random/boot_id", "another\n").after(BACKLOG, "1000\n");
        assertThat(tuner.revert(false)).allMatch(Outcome::done);
        assertThat(folder.resolve("prefix/etc/sysctl.d/90-sockway.conf")).doesNotExist();
    }

    @Test
    void shouldLeaveAloneWhatSomeoneElseChangedSince() {
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT), null);
        node.after(BACKLOG, "777\n");
        assertThat(tuner.verify()).filteredOn(outcome -> !outcome.done()).singleElement()
                .matches(outcome -> outcome.text().equals("is 777 and should be 32768"));
        assertThat(tuner.revert(false)).filteredOn(outcome -> !outcome.done()).singleElement()
                .matches(outcome -> outcome.text().contains("someone else has made it 777 since"));
        assertThat(read(BACKLOG)).isEqualTo("777");
        assertThat(tuner.revert(true)).allMatch(Outcome::done);
        assertThat(read(BACKLOG)).isEqualTo("1000");
    }

    @Test
    void shouldPutBackAFileThatWasThereBefore() throws IOException {
        Path file = folder.resolve("prefix/etc/sysctl.d/90-sockway.conf");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "# mine\n");
        tuner.apply("node-default", plan(Profile.NODE_DEFAULT), null);
        assertThat(file).content().startsWith("# Written by 'sockway tune apply'");
        tuner.revert(false);
        assertThat(file).hasContent("# mine\n");
    }

    @Test
    void shouldRefuseMoreThanTheDeviceOffers() {
        node.both("ethtool/eth0/g", "Ring parameters for eth0:\nPre-set maximums:\nRX: 4096\nTX: 4096\nCurrent hardware settings:\nRX: "
                + "512\nTX: 512\n");
        Plan plan = set("eth0/ring-rx", "8192");
        assertThat(plan.changes()).isEmpty();
        assertThat(plan.refused()).singleElement().matches(step -> step.refusal().orElseThrow().equals("eth0 offers ring-rx up to 4096"));
        Plan profile = plan(Profile.THROUGHPUT, Area.RINGS);
        assertThat(profile.steps()).extracting(step -> step.proposal().target().key() + "=" + step.proposal().value())
                .containsExactly("eth0/ring-rx=4096", "eth0/ring-tx=4096");
        assertThat(TuneText.of(profile)).contains("512 -> 4096").contains("4096 is all that this device offers");
    }

    @Test
    void shouldKeepPortsThatWereReservedAndAddNodePorts() {
        node.both("proc/sys/net/ipv4/ip_local_reserved_ports", "8080\n");
        assertThat(plan(Profile.NODE_DEFAULT, Area.TCP).steps()).extracting(step -> step.proposal().value()).contains("8080,30000-32767");
        assertThat(new Target.Sysctl("net.ipv4.ip_local_reserved_ports").same("1,2,3", "1-3")).isTrue();
        assertThat(new Target.Sysctl("net.core.rps_default_mask").same("3", "00000000,00000003")).isTrue();
    }

    @Test
    void shouldGiveEachCpuASendQueueWhereNobodyHas() {
        node.card("eth1", "ixgbe", 4);
        Plan plan = plan(Profile.THROUGHPUT, Area.STEERING);
        assertThat(plan.changes()).extracting(step -> step.proposal().target().key() + "=" + step.proposal().value())
                .contains("/sys/class/net/eth1/queues/tx-0/xps_cpus=1", "/sys/class/net/eth1/queues/tx-1/xps_cpus=2")
                .noneMatch(change -> change.contains("tx-2"));
        Map<String, String> before = tree();
        assertThat(tuner.apply("throughput", plan, null)).allMatch(Outcome::done);
        assertThat(plan(Profile.THROUGHPUT, Area.STEERING).changes()).isEmpty();
        assertThat(tuner.revert(false)).allMatch(Outcome::done);
        assertThat(tree()).isEqualTo(before);
        node.both("sys/class/net/eth1/queues/tx-3/xps_cpus", "8\n");
        assertThat(plan(Profile.THROUGHPUT, Area.STEERING).steps()).noneMatch(step -> step.proposal().target().key().contains("xps"));
    }

    @Test
    void shouldTellProgramsWhatItPlansAndWhatWasKept() {
        Plan plan = plan(Profile.NODE_DEFAULT, Area.KERNEL_INPUT);
        JsonObject one = TuneJson.of(plan).getAsJsonArray("settings").get(0).getAsJsonObject();
        assertThat(one.get("key").getAsString()).isEqualTo("net.core.netdev_max_backlog");
        assertThat(one.get("now").getAsString()).isEqualTo("1000");
        assertThat(one.get("command").getAsString()).isEqualTo("sysctl -w net.core.netdev_max_backlog=32768");
        assertThat(one.get("state").getAsString()).isEqualTo("change");
        assertThat(TuneJson.of(set("eth9/ring-rx", "8")).getAsJsonArray("settings").get(0).getAsJsonObject().get("refusal").getAsString())
                .isEqualTo("eth9 does not offer ring-rx");
        tuner.apply("node-default", plan, null);
        JsonObject verified = TuneJson.of(tuner.verify(), Map.of("softnet-drops", "many"), Map.of("oom-kill", "one"));
        assertThat(verified.get("kept").getAsBoolean()).isTrue();
        assertThat(verified.getAsJsonArray("findings")).hasSize(2);
        assertThat(verified.getAsJsonArray("findings").get(0).getAsJsonObject().has("now")).isFalse();
    }

    @Test
    void shouldNotMakeADeviceThatComesAndGoesLast() {
        node.both("sys/class/net/veth7/queues/rx-0/rps_cpus", "0\n");
        Plan plan = set("/sys/class/net/veth7/queues/rx-0/rps_cpus", "3");
        assertThat(tuner.apply("none", plan, null)).singleElement().matches(Outcome::done);
        assertThat(folder.resolve("prefix/etc")).doesNotExist();
    }

    @Test
    void shouldMakeRingsAndQueuesLastByUdev() {
        String rules = new LastingFiles(folder).render(List.of(
                new Journal.Change("eth0/ring-rx", "nic-rings", "512", "4096", "why"),
                new Journal.Change("/sys/class/net/eth0/queues/rx-0/rps_cpus", "steering", "0", "3", "why")))
                        .get("etc/udev/rules.d/90-sockway.rules");
        assertThat(rules).contains("ACTION==\"add\", SUBSYSTEM==\"net\", KERNEL==\"eth0\", RUN+=\"/usr/sbin/ethtool -G eth0 rx 4096\"")
                .contains("ACTION==\"add\", SUBSYSTEM==\"net\", KERNEL==\"eth0\", ATTR{queues/rx-0/rps_cpus}=\"3\"");
    }

    @Test
    void shouldKeepAnotherTuneOut() {
        try (Journal held = Journal.open(folder.resolve("journal"))) {
            assertThat(held.changes()).isEmpty();
            assertThatThrownBy(() -> tuner.apply("none", set("net.core.netdev_max_backlog", "5000"), null))
                    .isInstanceOf(HostException.class).hasMessageContaining("another 'sockway tune'");
        }
        assertThat(read(BACKLOG)).isEqualTo("1000");
    }

    @Test
    void shouldLeaveNothingInTheJournalOfAChangeThatFailed() {
        RoundingCard card = new RoundingCard(512);
        card.refuse = true;
        assertThat(onCard(card).apply("none", rings(card, 1000), null)).singleElement().matches(outcome -> !outcome.done())
                .matches(outcome -> outcome.text().equals("eth0 is busy"));
        assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
    }

    @Test
    void shouldPutBackWhatTheKernelRounds() {
        RoundingCard card = new RoundingCard(512);
        assertThat(onCard(card).apply("none", rings(card, 1000), null)).singleElement().matches(outcome -> !outcome.done())
                .matches(outcome -> outcome.text().equals("the kernel made 1024 of 1000: put back to 512"));
        assertThat(card.ring).isEqualTo(512);
        assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
    }

    @Test
    void shouldKeepInTheJournalWhatCouldNotBePutBack() {
        RoundingCard card = new RoundingCard(512);
        card.refuseAfterwards = true;
        assertThat(onCard(card).apply("none", rings(card, 1000), null)).singleElement().matches(outcome -> !outcome.done())
                .matches(outcome -> outcome.text().equals("the kernel made 1024 of 1000; eth0 is busy; it is 1024 now and was 512: "
                        + "'sockway tune revert' puts it back"));
        assertThat(onCard(card).verify()).singleElement().matches(outcome -> outcome.text().equals("is 1024 and should be 512"));
        assertThat(onCard(card).revert(false)).singleElement().matches(outcome -> outcome.text().equals("eth0 is busy"));
        card.refuse = false;
        assertThat(onCard(card).revert(false)).singleElement().matches(outcome -> outcome.text().equals("1024 -> 512"));
        assertThat(card.ring).isEqualTo(512);
        assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
    }

    @Test
    void shouldKnowWhatTheKernelMadeOfTheFormerValue() {
        RoundingCard card = new RoundingCard(500);
        onCard(card).apply("none", rings(card, 1000), null);
        assertThat(card.ring).isEqualTo(512);
        assertThat(onCard(card).revert(false)).singleElement().matches(outcome -> outcome.text().startsWith("the kernel made 512 of 500"));
        card.ring = 500;
        assertThat(onCard(card).revert(false)).singleElement().matches(Outcome::done);
        assertThat(folder.resolve("journal/tune.journal")).doesNotExist();
    }

    @Test
    void shouldKeepWhatAnEarlierApplyGaveWhereALaterOneCouldNotBePutBack() {
        RoundingCard card = new RoundingCard(512);
        assertThat(onCard(card).apply("none", rings(card, 2048), null)).allMatch(Outcome::done);
        card.refuseAfterwards = true;
        assertThat(onCard(card).apply("none", rings(card, 1000), null)).noneMatch(Outcome::done);
        card.refuse = false;
        assertThat(onCard(card).verify()).singleElement().matches(outcome -> outcome.text().equals("is 1024 and should be 2048"));
        assertThat(onCard(card).revert(false)).singleElement().matches(outcome -> outcome.text().equals("1024 -> 512"));
    }

    private Tuner onCard(RoundingCard card) {
        return new Tuner(Host.recorded(node.folder(), card), folder.resolve("journal"), folder.resolve("prefix"), false);
    }

    private Plan rings(RoundingCard card, int size) {
        return new Request(null, Set.of(), Map.of("eth0/ring-rx", Integer.toString(size))).plan(Host.recorded(node.folder(), card));
    }

    /** A card whose driver makes rings of powers of two, and may be busy. */
    private static final class RoundingCard implements Ethtool {
        private int ring;
        private boolean refuse;
        private boolean refuseAfterwards;

        private RoundingCard(int ring) {
            this.ring = ring;
        }

        @Override
        public Optional<String> driver(String device) {
            return Optional.of("rounding");
        }

        @Override
        public Optional<Rings> rings(String device) {
            return Optional.of(new Rings(ring, 4096, 512, 4096));
        }

        @Override
        public Optional<Channels> channels(String device) {
            return Optional.empty();
        }

        @Override
        public Map<String, Feature> features(String device) {
            return Map.of();
        }

        @Override
        public Map<String, Long> statistics(String device) {
            return Map.of();
        }

        @Override
        public void set(String device, Knob knob, long value) {
            if (refuse) {
                throw new HostException(device + " is busy");
            }
            refuse = refuseAfterwards;
            ring = (int) Math.max(1, Long.highestOneBit(value - 1) << 1);
        }
    }

    private void crashAfterIntent(String value) {
        try (Journal log = Journal.open(folder.resolve("journal"))) {
            log.intend(new Journal.Change("net.core.netdev_max_backlog", "kernel-input", read(BACKLOG), value, "why"));
        }
    }

    private Map<String, String> tree() {
        Map<String, String> files = new TreeMap<>();
        for (Path root : List.of(node.folder(), folder.resolve("prefix"))) {
            if (Files.exists(root)) {
                try (Stream<Path> all = Files.walk(root)) {
                    all.filter(Files::isRegularFile).forEach(file -> files.put(file.toString(), text(file)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return files;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
