// SPDX-License-Identifier: MIT
// A small game on the Xbox Live C interface: it finds a friend's session, joins it by handle, and reports its state.

//     xbl-game XUID SCID
//
// It takes its commands from standard input, a line each, so that you (or tools/demo) can play it:
//
//     join XUID          find what that user is doing and join it through its handle
//     set KEY VALUE      change a property of our own member
//     wait               take no more commands until all that was asked for is completed
//     quit
//
// What to look at: this is the code of a GDK game, line for line. While the directory cannot be reached its writes stay
// pending, in order, instead of failing with E_HC_NO_NETWORK.
#include <XAsync.h>
#include <XTaskQueue.h>
#include <XUser.h>
#include <xsapi-c/services_c.h>

#include <poll.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

__attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
    va_list arguments;

    std::printf("[lantern/xbl] ");
    va_start(arguments, format);
    std::vprintf(format, arguments);
    va_end(arguments);
    std::printf("\n");
    std::fflush(stdout);
}

const char *statusName(XblWriteSessionStatus status)
{
    switch (status) {
    case XblWriteSessionStatus::Created:
        return "Created";
    case XblWriteSessionStatus::Updated:
        return "Updated";
    case XblWriteSessionStatus::OutOfSync:
        return "OutOfSync";
    default:
        return "Unknown";
    }
}

// An async block that owns what runs at its end, and itself.
struct Async : XAsyncBlock {
    std::function<void(XAsyncBlock *)> done;

    // Calls start with the block; done runs once, from XTaskQueueDispatch, unless start failed.
    static HRESULT run(XTaskQueueHandle queue, const std::function<HRESULT(XAsyncBlock *)> &start,
                       std::function<void(XAsyncBlock *)> done)
    {
        auto async = std::make_unique<Async>();
        async->queue = queue;
        async->done = std::move(done);
        async->callback = [](XAsyncBlock *block) {
            std::unique_ptr<Async> self(static_cast<Async *>(block));
            self->done(block);
        };
        const HRESULT hr = start(async.get());
        if (SUCCEEDED(hr))
            async.release(); // its callback has it now
        return hr;
    }

    Async() : XAsyncBlock{}
    {
    }
};

class Game {
  public:
    Game(uint64_t xuid, std::string scid) : xuid_(xuid), scid_(std::move(scid))
    {
    }

    ~Game()
    {
        XblMultiplayerSessionCloseHandle(session_);
        XblContextCloseHandle(context_);
        if (user_)
            XUserCloseHandle(user_);
        if (queue_)
            XTaskQueueCloseHandle(queue_);
    }

    Game(const Game &) = delete;
    Game &operator=(const Game &) = delete;

    HRESULT open()
    {
        // Work runs on the library's threads, completions on ours: where frame() dispatches.
        HRESULT hr =
            XTaskQueueCreate(XTaskQueueDispatchMode::ThreadPool, XTaskQueueDispatchMode::Manual, &queue_);
        XblInitArgs args = {queue_, scid_.c_str()};
        if (SUCCEEDED(hr))
            hr = XblInitialize(&args);
        if (SUCCEEDED(hr))
            hr = XUserFindUserById(xuid_, &user_);
        if (SUCCEEDED(hr))
            hr = XblContextCreateHandle(user_, &context_);
        return hr;
    }

    // Where handle ids come from: what the other user is doing now.
    void join(uint64_t friendXuid)
    {
        say("look for what %llu is doing", static_cast<unsigned long long>(friendXuid));
        begin(
            "look for a session",
            [&](XAsyncBlock *async) {
                return XblMultiplayerGetActivitiesForUsersAsync(context_, scid_.c_str(), &friendXuid, 1,
                                                                async);
            },
            [this](XAsyncBlock *async) { onActivities(async); });
    }

    void set(const std::string &key, const std::string &value)
    {
        if (!session_) {
            say("set %s: join first", key.c_str());
            return;
        }
        const bool isNumber = value.find_first_not_of("0123456789") == std::string::npos;
        const std::string json = isNumber ? value : "\"" + value + "\"";
        const HRESULT hr =
            XblMultiplayerSessionCurrentUserSetCustomPropertyJson(session_, key.c_str(), json.c_str());
        if (FAILED(hr))
            say("set %s: 0x%08x", key.c_str(), static_cast<unsigned>(hr));
        else
            write("set " + key + "=" + value);
    }

    void wait()
    {
        waits_ = true;
    }

    bool takesCommands()
    {
        if (waits_ && pending_ == 0) {
            waits_ = false;
            say("all is completed");
        }
        return !waits_;
    }

    // One frame: run completions that are there; with nothing else to do, up to 16 ms long.
    void frame()
    {
        XTaskQueueDispatch(queue_, XTaskQueuePort::Completion, 16);
    }

  private:
    void begin(const std::string &what, const std::function<HRESULT(XAsyncBlock *)> &start,
               std::function<void(XAsyncBlock *)> done)
    {
        const HRESULT hr = Async::run(queue_, start, [this, done = std::move(done)](XAsyncBlock *async) {
            pending_--;
            done(async);
        });
        if (FAILED(hr))
            say("%s: not possible: 0x%08x", what.c_str(), static_cast<unsigned>(hr));
        else
            pending_++;
    }

    void onActivities(XAsyncBlock *async)
    {
        size_t count = 0;
        HRESULT hr = XblMultiplayerGetActivitiesForUsersResultCount(async, &count);
        std::vector<XblMultiplayerActivityDetails> activities(count);
        if (SUCCEEDED(hr) && count > 0)
            hr = XblMultiplayerGetActivitiesForUsersResult(async, count, activities.data());
        if (FAILED(hr) || count == 0) {
            say("look for a session: nothing found (0x%08x)", static_cast<unsigned>(hr));
            return;
        }
        handleId_ = activities[0].HandleId;
        say("found session %s, handle %s", activities[0].SessionReference.SessionName, handleId_.c_str());

        // The recipe for joining by handle: an empty local session, our own member in it, and write.
        XblMultiplayerSessionCloseHandle(session_);
        session_ = XblMultiplayerSessionCreateHandle(xuid_, nullptr, nullptr);
        hr = XblMultiplayerSessionJoin(session_, nullptr, false, true);
        if (FAILED(hr))
            say("join: 0x%08x", static_cast<unsigned>(hr));
        else
            write("join by handle");
    }

    void write(const std::string &what)
    {
        writes_++;
        say("%s: handed over", what.c_str());
        begin(
            what,
            [this](XAsyncBlock *async) {
                return XblMultiplayerWriteSessionByHandleAsync(context_, session_,
                                                               XblMultiplayerSessionWriteMode::UpdateExisting,
                                                               handleId_.c_str(), async);
            },
            [this, what](XAsyncBlock *async) { onWritten(async, what); });
    }

    void onWritten(XAsyncBlock *async, const std::string &what)
    {
        XblMultiplayerSessionHandle written = nullptr;
        const HRESULT hr = XblMultiplayerWriteSessionByHandleResult(async, &written);

        writes_--;
        if (FAILED(hr)) {
            say("%s: failed: 0x%08x", what.c_str(), static_cast<unsigned>(hr));
            return;
        }
        say("%s: applied (%s)", what.c_str(), statusName(XblMultiplayerSessionWriteStatus(written)));
        // Go on with the session as the service has it, once nothing of ours is still on its way there.
        if (written && writes_ == 0)
            std::swap(session_, written);
        XblMultiplayerSessionCloseHandle(written);
    }

    uint64_t xuid_;
    std::string scid_;
    XTaskQueueHandle queue_ = nullptr;
    XUserHandle user_ = nullptr;
    XblContextHandle context_ = nullptr;
    XblMultiplayerSessionHandle session_ = nullptr;
    std::string handleId_;
    unsigned pending_ = 0;
    unsigned writes_ = 0;
    bool waits_ = false;
};

bool isWord(const char *text)
{
    for (; *text; text++)
        if (!std::strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *text))
            return false;
    return true;
}

// Carries out one line. Returns false for quit.
bool command(Game &game, const char *line)
{
    char key[64], value[64];
    unsigned long long xuid;

    if (std::sscanf(line, "join %llu", &xuid) == 1)
        game.join(xuid);
    else if (std::sscanf(line, "set %63s %63s", key, value) == 2 && isWord(key) && isWord(value))
        game.set(key, value);
    else if (std::strcmp(line, "wait") == 0)
        game.wait();
    else if (std::strcmp(line, "quit") == 0)
        return false;
    else
        say("unknown command: %s", line);
    return true;
}

bool hasInput()
{
    pollfd input = {STDIN_FILENO, POLLIN, 0};

    return poll(&input, 1, 0) > 0;
}

bool play(Game &game)
{
    char line[200];

    if (!game.takesCommands() || !hasInput())
        return true;
    if (!std::fgets(line, sizeof(line), stdin))
        return false;
    line[std::strcspn(line, "\n")] = '\0';
    return command(game, line);
}

// Ends the library; every call still open is completed or given up first.
void cleanUp()
{
    XAsyncBlock async{};

    if (SUCCEEDED(XblCleanupAsync(&async)))
        XAsyncGetStatus(&async, true);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: xbl-game XUID SCID\n");
        return 2;
    }
    // Lines must not be read ahead: poll() would not see them.
    std::setvbuf(stdin, nullptr, _IONBF, 0);
    {
        Game game(std::strtoull(argv[1], nullptr, 10), argv[2]);
        const HRESULT hr = game.open();
        if (FAILED(hr)) {
            std::fprintf(stderr, "xbl-game: 0x%08x\n", static_cast<unsigned>(hr));
            return 1;
        }
        say("ready as %s", argv[1]);
        while (play(game))
            game.frame();
    }
    cleanUp();
    return 0;
}
