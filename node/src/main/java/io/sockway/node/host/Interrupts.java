package io.sockway.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * One numbered line of {@code /proc/interrupts}.
 *
 * @param counts one for each CPU column
 * @param cpus the CPU numbers of the columns
 * @param name what raises it, for example {@code eth0-TxRx-3}
 */
public record Interrupts(String number, List<Long> counts, List<Integer> cpus, String name) {
    /** The numbered interrupts of the file. */
    public static List<Interrupts> parse(String text) {
        List<String> lines = text.lines().toList();
        List<Interrupts> all = new ArrayList<>();
        if (lines.isEmpty()) {
            return all;
        }
        List<Integer> cpus = new ArrayList<>();
        for (String word : lines.getFirst().strip().split("\\s+")) {
            cpus.add(Integer.parseInt(word.replaceAll("\\D", "")));
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.strip().split("\\s+");
            if (words.length <= cpus.size() || !words[0].matches("\\d+:")) {
                continue;
            }
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < cpus.size(); i++) {
                counts.add(Long.parseLong(words[i + 1]));
            }
            all.add(new Interrupts(words[0].replace(":", ""), counts, cpus, words[words.length - 1]));
        }
        return all;
    }

    /** What has come since an earlier reading of the same interrupt. */
    public Interrupts since(Interrupts earlier) {
        List<Long> difference = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            difference.add(i < earlier.counts.size() ? counts.get(i) - earlier.counts.get(i) : counts.get(i));
        }
        return new Interrupts(number, difference, cpus, name);
    }
}
