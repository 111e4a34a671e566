using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using OpenSettle.Node.Signals.Logging;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Signals;

public sealed class LoggingTests
{
    [Fact]
    public void Json_OfAMessage_IsOneObjectWithItsValues()
    {
        var line = Written(new JsonLines(new ManualTime(), TestNode.MakeOptions(Path.GetTempPath())), log => log.EpochBuilt(7, 12, 3, Hash32.Zero));
        Assert.Equal(1, line.Count(c => c == '\n'));
        using var json = JsonDocument.Parse(line);
        Assert.Equal(
            ["time", "level", "id", "event", "message", "category", "chain", "fields"], json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("2026-11-20T12:00:00.000Z", "information", 201, "EpochBuilt", World.ChainId), (
            json.RootElement.GetProperty("time").GetString(), json.RootElement.GetProperty("level").GetString(), json.RootElement.GetProperty("id").GetInt32(),
            json.RootElement.GetProperty("event").GetString(), json.RootElement.GetProperty("chain").GetUInt64()));
        var fields = json.RootElement.GetProperty("fields");
        Assert.Equal((7UL, 12, 3, Hash32.Zero.ToString()), (
            fields.GetProperty("number").GetUInt64(), fields.GetProperty("payments").GetInt32(), fields.GetProperty("accounts").GetInt32(), fields.GetProperty("root").GetString()));
    }

    [Fact]
    public void Json_OfWhatAStrangerWrote_StaysOneLine()
    {
        var line = Written(new JsonLines(new ManualTime(), TestNode.MakeOptions(Path.GetTempPath())), log => log.TryingAgain("a\nb\u001b[2J\"c"));
        Assert.Equal(1, line.Count(c => char.IsControl(c)));
        using var json = JsonDocument.Parse(line);
        Assert.Equal("a\nb\u001b[2J\"c", json.RootElement.GetProperty("fields").GetProperty("why").GetString());
    }

    [Fact]
    public void Json_OfAnException_HasIt()
    {
        var line = Written(new JsonLines(new ManualTime(), TestNode.MakeOptions(Path.GetTempPath())), log => log.Halted("drift", new InvalidOperationException("inside")));
        using var json = JsonDocument.Parse(line);
        Assert.Equal("critical", json.RootElement.GetProperty("level").GetString());
        Assert.Contains("inside", json.RootElement.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Plain", "12:00:00 warn: OpenSettle.Test[902] Trying again: a b [2Jc\n")]
    [InlineData("Journal", "<4>OpenSettle.Test[902] Trying again: a b [2Jc\n")]
    [InlineData("Colour", "12:00:00 \u001b[33mwarn\u001b[0m: OpenSettle.Test[902] Trying again: a b [2Jc\n")]
    public void Text_OfAMessage_IsOneLineThatMovesNoCursor(string style, string expected) =>
        Assert.Equal(expected, Written(new TextLines(new ManualTime(), Enum.Parse<TextStyle>(style)), log => log.TryingAgain("a\nb\u001b[2Jc")));

    [Theory]
    [InlineData(null, null, false, "Colour")]
    [InlineData("1", null, false, "Plain")]
    [InlineData(null, null, true, "Plain")]
    [InlineData(null, "8:123", true, "Journal")]
    [InlineData("1", "8:123", true, "Journal")]
    // A shell within a service writes to its terminal.
    [InlineData(null, "8:123", false, "Colour")]
    public void Style_FollowsTheTerminal(string? noColour, string? journal, bool redirected, string expected) =>
        Assert.Equal(Enum.Parse<TextStyle>(expected), TextStyles.Of(name => name == "NO_COLOR" ? noColour : name == "JOURNAL_STREAM" ? journal : null, redirected));

    [Fact]
    public void Level_ThatIsChanged_HoldsAtOnce()
    {
        var least = LogLevel.Information;
        var levels = new LogLevelSwitch(() => least);
        Assert.False(levels.Allows("OpenSettle.Node.Pipeline.SendStep", LogLevel.Debug));
        // The host logs under the program's name.
        Assert.True(levels.Allows("opensettle", LogLevel.Information));
        least = LogLevel.Debug;
        Assert.True(levels.Allows("OpenSettle.Node.Pipeline.SendStep", LogLevel.Debug));
        // The web server's own lines say what ours say.
        Assert.False(levels.Allows("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information));
        Assert.True(levels.Allows("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning));
        least = LogLevel.Trace;
        Assert.True(levels.Allows("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Trace));
        least = LogLevel.Error;
        Assert.False(levels.Allows("OpenSettle.Node.Pipeline.SendStep", LogLevel.Warning));
        Assert.False(levels.Allows("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning));
        Assert.False(levels.Allows("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical));
    }

    [Fact]
    public void Level_OfTheOptions_FollowsWhatIsReadAgain()
    {
        var options = TestNode.MakeOptions(Path.GetTempPath());
        using var factory = LoggerFactory.Create(logging => logging.AddNodeLogging(options, new ManualTime(), null));
        var log = factory.CreateLogger("OpenSettle.Test");
        Assert.False(log.IsEnabled(LogLevel.Debug));
        options.Offer(options.Live with { LogLevel = LogLevel.Debug });
        options.BeginTurn();
        Assert.True(log.IsEnabled(LogLevel.Debug));
    }

    private static string Written(ConsoleFormatter formatter, Action<ILogger> say)
    {
        var writer = new StringWriter();
        say(new Into(formatter, writer));
        return writer.ToString();
    }

    private sealed class Into(ConsoleFormatter formatter, TextWriter writer) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> text) =>
            formatter.Write(new LogEntry<TState>(logLevel, "OpenSettle.Test", eventId, state, exception, text), null, writer);
    }
}
