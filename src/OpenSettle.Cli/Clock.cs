namespace OpenSettle.Cli;

/// <summary>The composition root's clock: everything else is given one.</summary>
internal static class Clock
{
#pragma warning disable RS0030 // This is the one place that names the real clock.
    public static TimeProvider Real => TimeProvider.System;
#pragma warning restore RS0030
}
