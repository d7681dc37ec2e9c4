import java.util.concurrent.CountDownLatch;

/** As benchmarks/peers/milestones.py; of the one stream thread, but for the wait. */
final class Milestones {
    private static final double WARM_FROM = 0.4;

    private final CountDownLatch over = new CountDownLatch(1);
    private final int total;
    private int count;

    Milestones(int total) {
        this.total = total;
    }

    void add() {
        count++;
        if (count == 1) {
            say("first");
        }
        if (count == (int) (total * WARM_FROM)) {
            say("warm");
        }
        if (count == total) {
            over.countDown();
        }
    }

    void waitForTheLast() throws InterruptedException {
        over.await();
    }

    private void say(String name) {
        System.out.println(name + " " + System.nanoTime() / 1e9 + " " + (count == 1 ? 0 : count));
    }
}
