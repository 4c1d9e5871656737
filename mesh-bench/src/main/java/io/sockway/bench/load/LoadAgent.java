package io.sockway.bench.load;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.LabException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The process of a generator that is driven from elsewhere. It connects to a control socket; each line there is a {@link LoadPlan},
 * answered by {@value #MEASURING} when the warm-up is over and by {@value #DONE} and the {@link LoadResult}, or by a failure.
 */
final class LoadAgent {
    static final String MEASURING = "measuring";
    static final String DONE = "done";

    private LoadAgent() {
    }

    /** {@code arguments} is the path of the control socket. */
    public static void main(String[] arguments) throws IOException {
        try (SocketChannel control = SocketChannel.open(UnixDomainSocketAddress.of(arguments[0]));
                BufferedReader plans = new BufferedReader(Channels.newReader(control, StandardCharsets.UTF_8));
                PrintWriter answers = new PrintWriter(Channels.newWriter(control, StandardCharsets.UTF_8), true)) {
            for (String plan = plans.readLine(); plan != null; plan = plans.readLine()) {
                run(LoadPlan.parse(plan), answers);
            }
        }
    }

    private static void run(LoadPlan plan, PrintWriter answers) {
        try {
            LoadResult result = LoadGenerator.run(plan, new LoadListener() {
                @Override
                public void measuring() {
                    answers.println(MEASURING);
                }
            });
            answers.println(DONE + " " + result.toLine());
        } catch (LabException e) {
            answers.println(Control.FAILED + " " + e.getMessage());
        }
    }
}
