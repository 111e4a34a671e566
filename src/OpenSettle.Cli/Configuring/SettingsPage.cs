using System.Globalization;
using System.Text;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Configuring;

/// <summary>docs/settings.md: every setting, from its definition. A test holds the file against it.</summary>
internal static class SettingsPage
{
    private const string Head =
        """
        # Settings

        Written by `opensettle config list --markdown` from the definitions that the program reads its settings by.

        Each setting has a key in the file that `--config` or `OPENSETTLE_CONFIG` names, an environment variable and a flag; the later one holds: file < environment < flag.
        A secret may be `file:PATH`, whose first line is then the value, and as a flag has to be, unless it only says where the secret is (`keystore:PATH`, `mnemonic:3`, `remote:0x…`).
        A setting that can be *reloaded* is taken over by a running node when its settings are read again (SIGHUP, or `POST /api/v1/ops/reload`); the others need a new start.

        ## Several chains

        One process settles several chains where the file names them. What stands beside `chains` holds for all of them; within a layer, what is said for one chain holds before it:

        ```json
        {
          "dataDir": "/var/lib/opensettle",
          "operatorKey": "file:/etc/opensettle/operator.key",
          "chains": {
            "base": { "rpc": "https://base.example", "deployment": "addresses/8453.json" },
            "optimism": { "rpc": "https://optimism.example", "deployment": "addresses/10.json" }
          }
        }
        ```

        The variable of one chain's setting is `OPENSETTLE_CHAINS__BASE__RPC` (a hyphen in a name is `_`); where the file names no chains, variables alone may. A flag holds for every chain that is meant: `--chain base` says which.
        `dataDir` beside `chains` is the folder in which each chain has one by its name, and `api` the address below which each has `/chains/NAME`. Settings of the *process* cannot differ between chains.

        ## All settings

        | setting | flag | variable | default | unit | reloaded | what it is |
        |---|---|---|---|---|---|---|

        """;

    public static string Markdown()
    {
        var page = new StringBuilder(Head);
        foreach (var setting in Settings.All)
        {
            var remarks = (setting.Secret ? " *Secret.*" : string.Empty) + (setting.OfProcess ? " *Of the process.*" : string.Empty);
            page.Append(CultureInfo.InvariantCulture, $"| `{setting.Key}` | `{setting.Flag}` | `{setting.EnvironmentName}` | {Default(setting)} | {setting.Unit} | {(setting.Reload ? "yes" : string.Empty)} | {Cell(setting.Help)}.{remarks} |\n");
        }

        return page.ToString();
    }

    private static string Default(SettingDefinition setting) => setting.Default switch
    {
        null => string.Empty,
        "" => "empty",
        var value => $"`{Cell(value)}`",
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
