using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What the contracts and accounts hold after a block.</summary>
internal sealed class ContractState
{
    public Dictionary<Address, ulong> Nonces { get; private init; } = [];

    public Dictionary<(Address Token, Address Account), UInt256> Balances { get; private init; } = [];

    public Dictionary<Hash32, TestModel> Models { get; private init; } = [];

    public HashSet<Address> Listed { get; private init; } = [];

    public Dictionary<Address, UInt256> Credited { get; private init; } = [];

    public Dictionary<Address, UInt256> Promised { get; private init; } = [];

    public Dictionary<(Address Account, Address Token), UInt256> Claimed { get; private init; } = [];

    public HashSet<ulong> Attested { get; private init; } = [];

    /// <summary>What the vault keeps of activated epochs.</summary>
    public Dictionary<ulong, EpochRecord> Records { get; private init; } = [];

    /// <summary>Entries of push roots that are paid or taken.</summary>
    public HashSet<(ulong Epoch, ulong Index)> Pushed { get; private init; } = [];

    /// <summary>What was paid by pushes, by token.</summary>
    public Dictionary<Address, UInt256> PaidByPush { get; private init; } = [];

    /// <summary>Push roots by epoch.</summary>
    public Dictionary<ulong, Hash32> PushRoots { get; private init; } = [];

    /// <summary>What EAS has.</summary>
    public Dictionary<Hash32, EasAttestation> Attestations { get; private init; } = [];

    /// <summary>Recipients that take nothing.</summary>
    public HashSet<Address> Refusing { get; private init; } = [];

    /// <summary>How often an account changed its recipient.</summary>
    public Dictionary<Address, ulong> ClaimNonces { get; private init; } = [];

    /// <summary>Accounts with code, and what their code takes for a signature.</summary>
    public Dictionary<Address, byte[]> Wallets { get; private init; } = [];

    /// <summary>Accounts whose code takes more gas than the relay gives.</summary>
    public HashSet<Address> Costly { get; private init; } = [];

    public uint AttestorSet { get; set; } = 1;

    public ulong Epoch { get; set; }

    public uint Attempt { get; set; }

    public Hash32 Root { get; set; }

    public Proposal? Open { get; set; }

    public ulong ReadyAt { get; set; }

    public ulong PausedUntil { get; set; }

    public ContractState Copy() => new()
    {
        Nonces = new(Nonces),
        Attestations = new(Attestations),
        Balances = new(Balances),
        Models = new(Models),
        Listed = [.. Listed],
        Credited = new(Credited),
        Promised = new(Promised),
        Claimed = new(Claimed),
        Attested = [.. Attested],
        Records = new(Records),
        Pushed = [.. Pushed],
        PaidByPush = new(PaidByPush),
        PushRoots = new(PushRoots),
        Refusing = [.. Refusing],
        ClaimNonces = new(ClaimNonces),
        Wallets = new(Wallets),
        Costly = [.. Costly],
        AttestorSet = AttestorSet,
        Epoch = Epoch,
        Attempt = Attempt,
        Root = Root,
        Open = Open,
        ReadyAt = ReadyAt,
        PausedUntil = PausedUntil,
    };
}

/// <summary>A call reverted, with the bytes that the contract gave.</summary>
internal sealed class RevertException(byte[] data) : Exception("reverted")
{
    public byte[] RevertData { get; } = data;
}
