using System.CommandLine;
using OpenSettle.Cli.Configuring;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle config: what settings hold and where they come from, whether a node could run with them, and which there are.</summary>
internal static class ConfigVerb
{
    private const int KeyColumns = 22;
    private const int LongestValue = 8_000;

    private static readonly Option<bool> Changed = new("--changed") { Description = "only what differs from the default" };
    private static readonly Option<bool> Markdown = new("--markdown") { Description = "print docs/settings.md" };

    public static Command Create() => new("config", "Shows and checks settings")
    {
        VerbRunner.CreateForAll("show", "Shows every setting with its value and where it comes from; secrets are not shown", Settings.All, Show, Changed, VerbRunner.Json)
            .Printing<ShownConfig>().WithExamples("opensettle config show --config /etc/opensettle/node.json", "opensettle config show --changed --chain base"),
        VerbRunner.CreateForAll("check", "Reads the settings and the files that they name as 'run' would, and tells everything that is wrong; asks no network", Settings.All, CheckAsync, VerbRunner.Json)
            .Printing<CheckedConfig>().WithExamples("opensettle config check --config /etc/opensettle/node.json"),
        VerbRunner.CreateForAll("list", "Lists the settings that there are", [], List, Markdown, VerbRunner.Json)
            .Printing<IReadOnlyList<ListedSetting>>().WithExamples("opensettle config list", "opensettle config list --json"),
    };

    private static Task Show(SettingsSource source, string? chain, ParseResult parsed, CancellationToken cancellation)
    {
        var set = Meant(source.Read(), chain);
        var onlyChanged = parsed.GetValue(Changed);
        var nodes = set.Nodes.Select(node => new ShownNode(node.Chain, [.. Settings.All.Select(setting => ShownSetting.Of(setting, node.Told(setting))).Where(setting => setting.Changed || !onlyChanged)])).ToArray();
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new ShownConfig(source.File, nodes, set.Problems));
        else Print(source, nodes);
        set.Require();
        return Task.CompletedTask;
    }

    private static void Print(SettingsSource source, IReadOnlyList<ShownNode> nodes)
    {
        var page = Page.OnConsole();
        page.Line(source.File is { } file ? $"File: {Inert.Of(file)}" : "File: none (--config FILE, or OPENSETTLE_CONFIG)");
        foreach (var node in nodes)
        {
            page.Blank();
            if (node.Chain is { } name) page.Heading($"Chain {name}");
            if (node.Settings.Count == 0) page.Line("All settings have their defaults.");
            foreach (var setting in node.Settings)
            {
                var label = setting.Key.PadRight(KeyColumns);
                page.Item(label.EndsWith(' ') ? label : label + " ", $"{(setting.Value is null ? "not set" : Inert.Of(setting.Value.Length == 0 ? "(empty)" : setting.Value, LongestValue))}{(setting.Layer is "default" or "unset" ? string.Empty : $"  [{Inert.Of(setting.Origin)}]")}");
            }
        }
    }

    private static async Task CheckAsync(SettingsSource source, string? chain, ParseResult parsed, CancellationToken cancellation)
    {
        var set = Meant(source.Read(), chain);
        var problems = await RunCheck.ProblemsAsync(set, Clock.Real, cancellation);
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new CheckedConfig(problems.Count == 0, problems));
        if (problems.Count > 0) throw new SettingsException(problems);
        if (!parsed.GetValue(VerbRunner.Json)) Console.WriteLine("The settings can be used. 'opensettle doctor' asks the chain, too.");
    }

    private static Task List(SettingsSource source, string? chain, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print<IReadOnlyList<ListedSetting>>(
                [.. Settings.All.Select(setting => new ListedSetting(setting.Key, setting.EnvironmentName, setting.Flag, setting.Help, setting.Default, setting.Unit, setting.Secret, setting.Reload, setting.OfProcess))]);
            return Task.CompletedTask;
        }

        if (parsed.GetValue(Markdown))
        {
            Console.Write(SettingsPage.Markdown());
            return Task.CompletedTask;
        }

        var page = Page.OnConsole();
        foreach (var setting in Settings.All)
        {
            page.Heading(setting.Key);
            page.Item("  ", $"{setting.Flag}, {setting.EnvironmentName}{(setting.Default is { Length: > 0 } value ? $"; default {value}" : string.Empty)}{(setting.Secret ? "; secret" : string.Empty)}{(setting.Reload ? "; reloaded" : string.Empty)}");
            page.Item("  ", setting.Help);
        }

        return Task.CompletedTask;
    }

    private static SettingsSet Meant(SettingsSet all, string? chain) => chain is null ? all : all with { Nodes = [all.One(chain)] };

    /// <summary>The document of `config show --json`.</summary>
    /// <param name="Nodes">One, or one for each chain.</param>
    internal sealed record ShownConfig(string? File, IReadOnlyList<ShownNode> Nodes, IReadOnlyList<string> Problems);

    internal sealed record ShownNode(string? Chain, IReadOnlyList<ShownSetting> Settings);

    /// <param name="Layer">default, file, variable, flag, or unset.</param>
    /// <param name="Origin">The file, the variable, or the flag.</param>
    internal sealed record ShownSetting(string Key, string? Value, string Layer, string Origin, bool Secret, bool Changed)
    {
        public static ShownSetting Of(SettingDefinition setting, SettingValue? value) => value is null
            ? new ShownSetting(setting.Key, null, "unset", "unset", setting.Secret, false)
            : new ShownSetting(
                setting.Key, SettingText.Shown(setting, value), value.Layer.ToString().ToLowerInvariant(), value.Origin, setting.Secret, value.Layer != SettingLayer.Default && value.Value != setting.Default);
    }

    internal sealed record CheckedConfig(bool Ok, IReadOnlyList<string> Problems);

    internal sealed record ListedSetting(string Key, string Variable, string Flag, string Help, string? Default, string? Unit, bool Secret, bool Reload, bool OfProcess);
}
