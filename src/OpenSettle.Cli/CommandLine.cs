using System.CommandLine;
using OpenSettle.Cli.Verbs;

namespace OpenSettle.Cli;

/// <summary>All verbs. One file per verb, under Verbs/. Exit codes are in ExitCode.</summary>
internal static class CommandLine
{
    public static RootCommand Create() => new("OpenSettle: accounting and settlement for AI models. Settings come from --config, then OPENSETTLE_* variables, then flags.")
    {
        RunVerb.Create(),
        StatusVerb.Create(),
        ResumeVerb.Create(),
        RebuildVerb.Create(),
        ClaimVerb.Create(),
        EarningsVerb.Create(),
        WhyVerb.Create(),
        EpochsVerb.Create(),
        AttestVerb.Create(),
        TableVerb.Create(),
        DbVerb.Create(),
        GatewayVerb.Create(),
        VerifyVerb.Create(),
        PassportVerb.Create(),
        FindVerb.Create(),
        CompareVerb.Create(),
        LineageVerb.Create(),
        PermissionsVerb.Create(),
        ExportVerb.Create(),
        ModelVerb.Create(),
    };
}
