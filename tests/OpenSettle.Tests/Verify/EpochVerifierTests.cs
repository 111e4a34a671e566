using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Verify;

public sealed class EpochVerifierTests
{
    // Epochs 1 to 5; the third is the one that is tampered with.
    private static readonly History Told = History.Of(new Shape(290, 9, 120), 5);
    private static readonly IReadOnlyList<PublishedEpoch> Chain = Told.Epochs;
    private static readonly Bundle Honest = Chain[2].Bundle;
    private static readonly IReadOnlyList<DividedPayment> Payments = [.. Honest.Payments];

    // Its terms decide something: rows, a pool and direct sums.
    private static readonly DividedPayment Large = Payments.First(IsLarge);

    [Fact]
    public void HonestChains_OfFiveEpochs_AgreeAtEveryLevel() => Properties.Hold(Shape.Any, shape =>
    {
        var history = History.Of(shape, 5);
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            var report = history.Verify(epoch);
            Assert.True(report.Agrees, report.Message);
            Assert.All(report.Levels, level => Assert.Equal(VerifyOutcome.Agrees, level.Outcome));
            Assert.Contains(history.Epochs[epoch - 1].Bundle.Root.ToString(), Level(report, VerifyLevel.Pools).Message, StringComparison.Ordinal);
        }
    }, 40);

    [Fact]
    public void VerifiedEpoch_AsItWasRead_ServesTheNextOne()
    {
        VerifiedEpoch? previous = null;
        foreach (var epoch in Chain)
        {
            var (report, read) = EpochVerifier.Verify(new MemoryStream(epoch.Bytes), previous, epoch.OnChain);
            Assert.True(report.Agrees, report.Message);
            Assert.NotNull(read);
            Assert.Equal(epoch.Hash, read.Hash);
            previous = read;
        }
    }

    [Fact]
    public void Levels_WithoutWhatTheyNeed_AreNotChecked()
    {
        var epoch = Chain[2];
        var bare = epoch.Verify(Chain[1], epoch.OnChain);
        Assert.True(bare.Agrees);
        Assert.Equal(VerifyOutcome.Agrees, bare[VerifyLevel.Form]);
        Assert.Equal(VerifyOutcome.Agrees, bare[VerifyLevel.Solvency]);
        Assert.Equal(VerifyOutcome.Agrees, bare[VerifyLevel.Pools]);
        NotChecked(bare, VerifyLevel.FixedParts, "the chain was not given");
        NotChecked(bare, VerifyLevel.Sums, "the usage events were not given");
        Assert.Equal(Level(bare, VerifyLevel.Pools).Message, bare.Message);

        NotChecked(epoch.Verify(Chain[1], epoch.OnChain, null, Told.World.BatchesOf(3)), VerifyLevel.Sums, "which lists the gateways");
        var withChain = epoch.Verify(Chain[1], epoch.OnChain, Told.View(3));
        Assert.Equal(VerifyOutcome.Agrees, withChain[VerifyLevel.FixedParts]);
        NotChecked(withChain, VerifyLevel.Sums, "the usage events were not given");

        var form = epoch.Verify(Chain[1], epoch.OnChain with { LastBlock = 1 }, Told.View(3), Told.World.BatchesOf(3));
        Assert.All(form.Levels.Skip(1), level => Assert.Equal((VerifyOutcome.NotChecked, "its form is wrong"), (level.Outcome, level.Message)));
    }

    [Fact]
    public void Books_OfLaterEpochs_NeverFall()
    {
        for (var i = 1; i < Chain.Count; i++)
        {
            var after = Chain[i].Bundle.After.Accounts.ToDictionary(account => (account.Token, account.Account));
            foreach (var before in Chain[i - 1].Bundle.After.Accounts)
            {
                var now = after[(before.Token, before.Account)];
                Assert.True(now.Earned >= before.Earned && now.Leaf >= before.Leaf && now.Pushed >= before.Pushed && now.Promised <= now.Earned);
            }
        }
    }

    [Fact]
    public void Leaf_MovedByOneUnit_IsNamed()
    {
        for (var i = 0; i < Honest.After.Accounts.Count; i++)
        {
            var account = Honest.After.Accounts[i];
            Differs(Accounts(i, account with { Leaf = account.Leaf + 1 }), VerifyLevel.Pools, Name(account));
            Differs(Accounts(i, account with { Pushed = account.Pushed + 1 }), VerifyLevel.Pools, Name(account));
            Differs(Accounts(i, account with { Earned = account.Earned + 1 }), VerifyLevel.Pools, Name(account));
        }
    }

    private static string Name(AccountState state) => $"account {state.Account}, token {state.Token}: recomputing gives";

    [Fact]
    public void Account_LeftOutOrAdded_IsNamed()
    {
        Differs(WithAccounts([.. Honest.After.Accounts.SkipLast(1)]), VerifyLevel.Pools, Name(Honest.After.Accounts[^1]));
        var most = Address.FromBytes(Enumerable.Repeat((byte)0xff, Address.Size).ToArray());
        Differs(WithAccounts([.. Honest.After.Accounts, new AccountState(most, most, 1, 1)]), VerifyLevel.Pools, $"account {most}, token {most}: recomputing gives nothing, the bundle has 1 earned, 1 to claim and 0 pushed");
    }

    [Fact]
    public void Unit_MovedBetweenAccounts_IsSeenByThePoolsThoughItIsSolvent()
    {
        var moved = 0;
        for (var i = 0; i < Honest.After.Accounts.Count; i++)
        {
            for (var j = i + 1; j < Honest.After.Accounts.Count; j++)
            {
                var (giver, to) = (Honest.After.Accounts[i], Honest.After.Accounts[j]);
                var before = Chain[1].Bundle.After.Accounts.SingleOrDefault(state => state.Account == giver.Account && state.Token == giver.Token);
                if (giver.Token != to.Token || giver.Leaf == before.Leaf || to.Leaf.IsZero) continue;
                var accounts = Honest.After.Accounts.ToArray();
                accounts[i] = giver with { Earned = giver.Earned - 1, Leaf = giver.Leaf - 1 };
                accounts[j] = to with { Earned = to.Earned + 1, Leaf = to.Leaf + 1 };
                var tampered = Rooted(WithAccounts(accounts));
                var report = Verify(tampered);
                Assert.Equal(VerifyOutcome.Agrees, report[VerifyLevel.Solvency]);
                Named(report, VerifyLevel.Pools, Name(giver));
                moved++;
            }
        }

        Assert.InRange(moved, 1, 1_000);
    }

    [Fact]
    public void Payment_Dropped_IsNamed()
    {
        for (var i = 0; i < Payments.Count; i++)
        {
            if (Payments[i].Settled.Settled.IsZero) continue;
            var report = Verify(Honest with { Payments = [.. Payments.Take(i), .. Payments.Skip(i + 1)] });
            Assert.Matches("^(account 0x[0-9a-f]{40}, token 0x[0-9a-f]{40}|residue [0-9]+|suspense [0-9]+):", Level(report, VerifyLevel.Pools).Message);
            Named(report, VerifyLevel.FixedParts, i + 1 < Payments.Count ? $"the next payment of the chain is {Payments[i].Settled.Payment.At}, the bundle's" : "is missing");
        }
    }

    [Fact]
    public void RoundingUnit_MovedFromAResidueToAnAccount_IsNamed()
    {
        var residues = Honest.After.Residues.ToArray();
        var source = residues[0];
        var i = Honest.After.Accounts.ToList().FindIndex(account => account.Token == source.Token);
        var to = Honest.After.Accounts[i];
        residues[0] = source with { Amount = source.Amount - 1 };
        var tampered = Accounts(i, to with { Earned = to.Earned + 1, Leaf = to.Leaf + 1 });
        Residue[] kept = [.. residues.Where(residue => !residue.Amount.IsZero)];
        Differs(tampered with { After = tampered.After with { Residues = kept } }, VerifyLevel.Pools, Name(to));
        Differs(Honest with { After = Honest.After with { Residues = kept } }, VerifyLevel.Pools, "residue 1:");
    }

    [Fact]
    public void Suspense_ChangedOrLeftOut_IsNamed()
    {
        var (first, others) = (Honest.After.Suspense[0], Honest.After.Suspense.Skip(1));
        Differs(Honest with { After = Honest.After with { Suspense = [first with { Amount = first.Amount + 1 }, .. others] } }, VerifyLevel.Pools, "suspense 1:");
        Differs(Honest with { After = Honest.After with { Suspense = [.. others] } }, VerifyLevel.Pools, "suspense 1:");
    }

    [Fact]
    public void Share_StolenOrWeightChanged_IsNamed()
    {
        var terms = Large.Terms;
        var row = terms.Split.Rows[0];
        DiffersInBooks(WithRow(terms, row with { Account = World.Name("thief", 1) }), $"the split is another: row {terms.Split.Rows.ToList().IndexOf(row) + 1} is {row.Account?.ToString() ?? "the owner"} with {row.Weight} by the chain and {World.Name("thief", 1)} with {row.Weight} in the bundle");
        DiffersInBooks(WithRow(terms, new SplitRow(World.Name("somebody", 2), 77, "data"), append: true), "the split is another");
        DiffersInBooks(WithRow(terms, row with { Weight = row.Weight / 2 + 1 }), "the split is another");
        var upward = Payments.First(payment => payment.Terms.Parents.Count > 0 && payment.Settled.Settled > 10_000_000 && payment.Terms.Parents[0].Share > 9).Terms;
        DiffersInBooks(Replace(upward, upward with { Parents = [.. upward.Parents.Skip(1)] }), "the lineage is another");
        DiffersInBooks(Replace(upward, upward with { Parents = [upward.Parents[0] with { Share = upward.Parents[0].Share / 2 }, .. upward.Parents.Skip(1)] }), "the lineage is another");
    }

    [Fact]
    public void Previous_ThatIsNotTheOneBefore_IsNamed()
    {
        DiffersInForm(Honest with { PreviousBundle = Chain[0].Hash }, "as the one before it");
        DiffersInForm(Honest with { PreviousRoot = Chain[0].Bundle.PreviousRoot }, "as the root before it");
        DiffersInForm(Honest with { ParentHash = Hash32.Zero }, "as the block before it");
        DiffersInForm(Honest with { FirstBlock = Honest.FirstBlock + 1 }, "begins at block");
        DiffersInForm(Honest with { FirstBlock = Honest.LastBlock + 1 }, "begins at block");
        Named(Chain[2].Verify(Chain[0], Chain[2].OnChain), VerifyLevel.Form, "epoch 3 does not follow epoch 1");
        Named(Chain[2].Verify(null, Chain[2].OnChain), VerifyLevel.Form, "epoch 3 does not follow epoch 0");
        Named(Chain[0].Verify(Chain[0], Chain[0].OnChain), VerifyLevel.Form, "epoch 1 does not follow epoch 1");
    }

    [Fact]
    public void Deployment_OfAnother_IsNamed()
    {
        DiffersInForm(Honest with { Deployment = Honest.Deployment with { ChainId = 1 } }, "another deployment");
        DiffersInForm(Honest with { Deployment = Honest.Deployment with { Vault = World.Name("vault", 2) } }, "another deployment");
        var view = Told.View(3);
        Named(Against(view with { Deployment = view.Deployment with { ChainId = 1 } }), VerifyLevel.FixedParts, "another deployment");
    }

    [Fact]
    public void Record_ThatSaysOtherwise_IsNamed()
    {
        var said = Chain[2].OnChain;
        VerifyReport Of(EpochOnChain onChain) => Chain[2].Verify(Chain[1], onChain);
        Assert.True(Of(said).Agrees);
        Named(Of(said with { Root = Keccak256.HashText("other") }), VerifyLevel.Solvency, "on chain it is");
        Named(Of(said with { BundleHash = Chain[1].Hash }), VerifyLevel.Form, "the bundle's hash is");
        Named(Of(said with { LastBlock = said.LastBlock + 1 }), VerifyLevel.Form, "the bundle ends at block");
        Named(Of(said with { Number = 4 }), VerifyLevel.Form, "the vault's record of epoch 4");
        Named(Of(said with { RecordRoot = Keccak256.HashText("other") }), VerifyLevel.Solvency, "the root of the records is");
    }

    [Fact]
    public void Root_OfOtherLeaves_IsNamed()
    {
        var other = Keccak256.HashText("other");
        Differs(Honest with { Root = other }, VerifyLevel.Pools, "the recomputed root is");
        Differs(Honest with { Root = other }, VerifyLevel.Solvency, "the root of the leaves is");
        Differs(Honest with { PushRoot = other }, VerifyLevel.Pools, "the recomputed root of the pushes is");
        Differs(Honest with { PushRoot = other }, VerifyLevel.Solvency, "the root of the pushes is");
    }

    [Fact]
    public void Totals_ChangedDroppedOrAdded_AreNamed()
    {
        var total = Honest.Changed[0];
        var more = Honest with { Changed = [total with { Total = total.Total + 1 }, .. Honest.Changed.Skip(1)] };
        Differs(more, VerifyLevel.Pools, "total 1:");
        Differs(more, VerifyLevel.Solvency, $"the total is {total.Total + 1}, and {total.Total} is promised");
        var fewer = Honest with { Changed = [.. Honest.Changed.SkipLast(1)] };
        Differs(fewer, VerifyLevel.Pools, $"total {Honest.Changed.Count}:");
        Differs(fewer, VerifyLevel.Solvency, "is promised, and no total says so");
        var most = Address.FromBytes(Enumerable.Repeat((byte)0xff, Address.Size).ToArray());
        var added = Honest with { Changed = [.. Honest.Changed, new TokenTotal(most, 1)] };
        Differs(added, VerifyLevel.Pools, $"total {Honest.Changed.Count + 1}:");
        Differs(added, VerifyLevel.Solvency, "there is a total, and nothing new is promised");
    }

    [Fact]
    public void Account_ThatFellOrIsGone_IsNotSolvent()
    {
        var old = Chain[1].Bundle.After.Accounts.First(state => !state.Leaf.IsZero);
        var i = Honest.After.Accounts.ToList().FindIndex(state => state.Account == old.Account && state.Token == old.Token);
        Differs(Accounts(i, Honest.After.Accounts[i] with { Leaf = old.Leaf - 1 }), VerifyLevel.Solvency, $"account {old.Account}, token {old.Token}: what it had fell");
        Differs(Accounts(i, Honest.After.Accounts[i] with { Earned = old.Earned - 1 }), VerifyLevel.Solvency, "what it had fell");
        Differs(WithAccounts([.. Honest.After.Accounts.Where(state => state.Account != old.Account || state.Token != old.Token)]), VerifyLevel.Solvency, "it is no longer there");
        Differs(WithAccounts([]), VerifyLevel.Solvency, "it is no longer there");
        var pushed = Chain[1].Bundle.After.Accounts.First(state => !state.Pushed.IsZero);
        var j = Honest.After.Accounts.ToList().FindIndex(state => state.Account == pushed.Account && state.Token == pushed.Token);
        Differs(Accounts(j, Honest.After.Accounts[j] with { Pushed = pushed.Pushed - 1 }), VerifyLevel.Solvency, "what it had fell");
    }

    [Fact]
    public void Promise_AboveWhatWasEarnedOrCredited_IsNotSolvent()
    {
        var state = Honest.After.Accounts[0];
        Differs(Accounts(0, state with { Leaf = state.Earned + 1 }), VerifyLevel.Solvency, "more is promised than was earned");
        var view = Told.View(3);
        var (token, total) = (Honest.Changed[0].Token, Honest.Changed[0].Total);
        IReadOnlyDictionary<Address, UInt256> Credited(UInt256 amount) => view.Credited.ToDictionary(pair => pair.Key, pair => pair.Key == token ? amount : pair.Value);
        Assert.True(Against(view with { Credited = Credited(total) }).Agrees);
        Named(Against(view with { Credited = Credited(total - 1) }), VerifyLevel.Solvency, $"{total} is promised, and the vault was credited {total - 1}");
    }

    [Fact]
    public void Push_WithoutRecipientOrToAnother_IsNamed()
    {
        var (first, others) = (Honest.Push[0], Honest.Push.Skip(1));
        Differs(Honest with { Push = [.. others] }, VerifyLevel.Solvency, $"account {first.Account}, token");
        Differs(Honest with { Push = [.. others] }, VerifyLevel.Solvency, "a push has no recipient");
        var elsewhere = Honest with { Push = [first with { Recipient = World.Name("thief", 1) }, .. others] };
        Differs(elsewhere, VerifyLevel.Solvency, "the root of the pushes is");
        Differs(elsewhere, VerifyLevel.FixedParts, $"account {first.Account} is paid to {first.Recipient}, and the bundle pushes to {World.Name("thief", 1)}");
        var view = Told.View(3);
        var thief = World.Name("thief", 1);
        Named(
            Against(view with { Recipients = new Dictionary<Address, Address>(view.Recipients) { [first.Account] = thief } }), VerifyLevel.FixedParts,
            $"account {first.Account} is paid to {thief}, and the bundle pushes to {first.Recipient}");
        var own = Honest.Push.FirstOrDefault(order => order.Recipient == order.Account);
        if (own != default) Assert.True(Against(view with { Recipients = view.Recipients.Where(pair => pair.Key != own.Account).ToDictionary() }).Agrees);
        var risen = Honest.After.Accounts.First(state => !state.Leaf.IsZero && !Honest.Push.Any(order => order.Account == state.Account)
            && Chain[1].Bundle.After.Accounts.SingleOrDefault(old => old.Account == state.Account && old.Token == state.Token).Leaf != state.Leaf);
        Differs(
            Honest with { Push = [.. Honest.Push.Append(new PushOrder(risen.Account, risen.Account)).OrderBy(order => order.Account)] }, VerifyLevel.FixedParts,
            $"account {risen.Account} is paid by push, and its leaf rose");
    }

    [Fact]
    public void Chain_WithOtherPaymentsTokensOrLastBlock_IsNamed()
    {
        var view = Told.View(3);
        var payments = view.Payments.ToList();
        Named(Against(view with { Payments = payments.SkipLast(1) }), VerifyLevel.FixedParts, $"payment {payments[^1].Payment.At} is not on the chain, or another epoch took it");
        Named(Against(view with { Payments = payments.Skip(1) }), VerifyLevel.FixedParts, $"the next payment of the chain is {payments[1].Payment.At}, the bundle's {payments[0].Payment.At}");
        var late = payments[^1] with { Payment = payments[^1].Payment with { At = new LogPosition(Honest.LastBlock, uint.MaxValue) } };
        Named(Against(view with { Payments = payments.Append(late) }), VerifyLevel.FixedParts, $"payment {late.Payment.At} is missing");
        var other = payments[0] with { Payment = payments[0].Payment with { Payer = World.Name("payer", 99) } };
        Named(Against(view with { Payments = payments.Skip(1).Prepend(other) }), VerifyLevel.FixedParts, $"payment {other.Payment.At} is ");
        Named(Against(view with { Payments = [] }), VerifyLevel.FixedParts, "is not on the chain");
        Named(Against(view with { LastBlockHash = Hash32.Zero }), VerifyLevel.FixedParts, $"block {Honest.LastBlock} is {Hash32.Zero} on the chain");
        Named(Against(view with { FirstBlock = 7 }), VerifyLevel.FixedParts, $"the bundle begins at block {Honest.FirstBlock}, the epoch at 7");
        Named(Against(view with { Tokens = [.. view.Tokens.Select(token => token with { SmallestLeaf = token.SmallestLeaf + 1 })] }), VerifyLevel.FixedParts, "token 1:");
    }

    [Fact]
    public void Terms_OfAnotherBlock_AreNamed()
    {
        var i = Enumerable.Range(0, Payments.Count).First(i => Honest.Terms.Any(terms => terms.Model == Payments[i].Terms.Model && terms != Payments[i].Terms));
        var other = Honest.Terms.First(terms => terms.Model == Payments[i].Terms.Model && terms != Payments[i].Terms);
        Differs(
            Honest with { Payments = [.. Payments.Select((payment, at) => at == i ? payment with { Terms = other } : payment)] }, VerifyLevel.FixedParts,
            $"payment {Payments[i].Settled.Payment.At} is under terms {Payments[i].Terms.Id} by the chain and {other.Id} in the bundle");
        var first = Payments[0].Terms;
        Differs(Replace(first, first with { Owner = World.Name("thief", 1) }), VerifyLevel.FixedParts, $"terms {first.Id}: the owner was {first.Owner}");
        var whole = Honest.Terms.Last(terms => terms.Split.AtHand);
        Differs(
            Replace(whole, whole with { Split = new SplitTable(whole.Split.Version, []) { Commitment = TableText.Commit(whole.Split) } }), VerifyLevel.FixedParts,
            $"terms {whole.Id}, of model {whole.Model}: the split is another");
        var last = Honest.Terms[^1];
        Differs(Honest with { Terms = [.. Honest.Terms, last with { Id = last.Id + 1 }] }, VerifyLevel.FixedParts, $"terms {last.Id + 1} are not those of any payment");
    }

    [Fact]
    public void RowsShare_NotGiven_IsSeenWithoutInfluence()
    {
        var row = Large.Terms.Rows.Accounts[0];
        var token = Large.Settled.Payment.Token;
        var i = Honest.After.Accounts.ToList().FindIndex(state => state.Account == row && state.Token == token);
        var before = Chain[1].Bundle.After.Accounts.SingleOrDefault(state => state.Account == row && state.Token == token);
        Differs(Accounts(i, Honest.After.Accounts[i] with { Earned = before.Earned }), VerifyLevel.FixedParts, $"account {row}, token {token}: rows and lineage give");
        Differs(WithAccounts([.. Honest.After.Accounts.Take(i), .. Honest.After.Accounts.Skip(i + 1)]), VerifyLevel.FixedParts, "the bundle has no such account");
    }

    [Fact]
    public void Influence_GivenToAThief_IsSeenByPoolsAndSums()
    {
        var direct = Honest.Usage.Direct.Select(sum => sum.Terms == Large.Terms.Id ? sum with { Account = World.Name("thief", 1) } : sum)
            .DistinctBy(sum => (sum.Terms, sum.Token, sum.Account)).OrderBy(sum => sum.Terms).ThenBy(sum => sum.Token).ThenBy(sum => sum.Account).ToList();
        var report = Verify(Honest with { Usage = Honest.Usage with { Direct = direct } });
        Assert.Matches("^account 0x[0-9a-f]{40}, token 0x[0-9a-f]{40}: recomputing gives [0-9]+ earned", Level(report, VerifyLevel.Pools).Message);
        Assert.Matches("^direct sum [0-9]+:", Level(report, VerifyLevel.Sums).Message);
        var open = Honest.Usage.Open[0];
        Differs(Honest with { Usage = Honest.Usage with { Open = [open with { Weight = open.Weight + 1 }, .. Honest.Usage.Open.Skip(1)] } }, VerifyLevel.Sums, "open sum 1:");
        Differs(Honest with { Usage = Honest.Usage with { Open = [.. Honest.Usage.Open.Skip(1)] } }, VerifyLevel.Sums, "open sum 1:");
        var method = Honest.Usage.Methods[0];
        Differs(Honest with { Usage = Honest.Usage with { Methods = [method with { Events = method.Events + 1 }, .. Honest.Usage.Methods.Skip(1)] } }, VerifyLevel.Sums, "method 1:");
    }

    [Fact]
    public void Counts_OfUsage_MayTellMoreEventsThanTheBatchesHaveAndNotFewer()
    {
        var batches = Told.World.BatchesOf(3);
        var i = Honest.Usage.Counts.ToList().FindIndex(count => count.Counted > 0);
        var count = Honest.Usage.Counts[i];
        Bundle With(UsageCount other) => Honest with { Usage = Honest.Usage with { Counts = [.. Honest.Usage.Counts.Take(i), other, .. Honest.Usage.Counts.Skip(i + 1)] } };
        var batched = (ulong)batches.SelectMany(batch => batch.Events).Count(e => e.Model == count.Model);
        Assert.Equal(VerifyOutcome.Agrees, Verify(With(count with { Events = count.Events + 1 }))[VerifyLevel.Sums]);
        Assert.Equal(VerifyOutcome.Agrees, Verify(With(count with { Events = batched }))[VerifyLevel.Sums]);
        if (batched > 1) Differs(With(count with { Events = batched - 1 }), VerifyLevel.Sums, $"usage of model {count.Model}:");
        Differs(With(count with { Counted = count.Counted + 1 }), VerifyLevel.Sums, $"usage of model {count.Model}:");
        Differs(With(count with { Units = count.Units + 1 }), VerifyLevel.Sums, $"usage of model {count.Model}:");
        Differs(Honest with { Usage = Honest.Usage with { Counts = [.. Honest.Usage.Counts.Take(i), .. Honest.Usage.Counts.Skip(i + 1)] } }, VerifyLevel.Sums, $"usage of model {count.Model} is missing");
    }

    [Fact]
    public void Batches_ThatAreNotTheBundles_AreNamed()
    {
        var batches = Told.World.BatchesOf(3);
        var order = batches.OrderBy(batch => batch.Gateway).ThenBy(batch => batch.Number).ToList();
        VerifyReport With(IReadOnlyList<UsageBatch> usage) => Chain[2].Verify(Chain[1], Chain[2].OnChain, Told.View(3), usage);
        Assert.True(With([.. batches.Reverse()]).Agrees);
        Named(With([.. order.Skip(1)]), VerifyLevel.Sums, "batch 1:", "named");
        Named(With([]), VerifyLevel.Sums, "batch 1:", "events name it");
        var changed = order[0] with { Events = [order[0].Events[0] with { Time = 1 }, .. order[0].Events.Skip(1)] };
        Named(With([changed, .. order.Skip(1)]), VerifyLevel.Sums, "batch 1:");
        Named(With([.. order, order[0]]), VerifyLevel.Sums, "is there twice");
        Named(With([.. order, order[0] with { Number = 9_999 }]), VerifyLevel.Sums, "is there twice");
    }

    [Fact]
    public void Named_OfAPayment_IsHeldAgainstTheEvents()
    {
        for (var i = 0; i < Payments.Count; i++)
        {
            var more = Payments.Select((payment, at) => at == i ? payment with { Named = payment.Named + 1 } : payment);
            Differs(Honest with { Payments = [.. more] }, VerifyLevel.Sums, $"payment {Payments[i].Settled.Payment.At}: {Payments[i].Named} events name it, the bundle says {Payments[i].Named + 1}");
        }
    }

    [Fact]
    public void RecordRoot_OfOtherRecords_IsNamed()
    {
        var other = Honest with { RecordRoot = Keccak256.HashText("other") };
        Differs(other, VerifyLevel.Pools, "the recomputed root of the records is");
        Differs(other, VerifyLevel.Solvency, "the root of the records is");
    }

    [Fact]
    public void Record_WithOtherUsesOrRevenue_IsNamedByPoolsAlone()
    {
        for (var i = 0; i < Honest.Records.Count; i++)
        {
            var record = Honest.Records[i];
            DiffersInPools(i, record with { Uses = record.Uses + 1 }, $"of model {record.Model}: {record.Uses} events count");
            if (record.Revenue.Count == 0) continue;
            var (token, amount) = record.Revenue[0];
            DiffersInPools(i, record with { Revenue = [new TokenRevenue(token, amount + 1), .. record.Revenue.Skip(1)] }, "revenue 1: recomputing gives");
            DiffersInPools(i, record with { Revenue = [.. record.Revenue.Skip(1)] }, "revenue 1: recomputing gives");
            DiffersInPools(i, record with { Revenue = [.. record.Revenue, new TokenRevenue(Address.FromBytes(Enumerable.Repeat((byte)0xff, 20).ToArray()), 1)] }, "recomputing gives none");
        }
    }

    [Fact]
    public void Record_LeftOutOrInvented_IsNamedByPools()
    {
        for (var i = 0; i < Honest.Records.Count; i++)
            Named(Verify(Recorded([.. Honest.Records.Take(i), .. Honest.Records.Skip(i + 1)])), VerifyLevel.Pools, $"record {i + 1}: the bundle has none of model {Honest.Records[i].Model}");
        var first = new ModelRecord(new ModelId(Hash32.Zero), 0, 0, 0, [], []);
        var report = Verify(Recorded([first, .. Honest.Records]));
        Named(report, VerifyLevel.Pools, "record 1: the bundle has one of model");
        Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.Agrees), (report[VerifyLevel.Solvency], report[VerifyLevel.Sums]));
    }

    [Fact]
    public void Record_WithOtherWordsOnEvents_IsNamedBySums()
    {
        var i = Honest.Records.ToList().FindIndex(record => record.Domains.Count > 0 && record.Uses > 0);
        var record = Honest.Records[i];
        var domain = record.Domains[0];
        ModelRecord With(DomainRecord other) => record with { Domains = [other, .. record.Domains.Skip(1)] };
        var at = $"record of model {record.Model}:";
        DiffersInSums(i, record with { PaidUses = record.PaidUses + 1 }, $"{at} {record.PaidUses} uses are paid");
        DiffersInSums(i, record with { Consumers = record.Consumers + 1 }, $"{at} there are {record.Consumers} consumers");
        DiffersInSums(i, With(domain with { Successes = domain.Successes + 1 }), "domain 1: there is");
        DiffersInSums(i, With(domain with { Trials = domain.Trials + 1 }), "domain 1: there is");
        DiffersInSums(i, With(domain with { PaidSuccesses = domain.PaidSuccesses + 1 }), "domain 1: there is");
        DiffersInSums(i, With(domain with { PaidTrials = domain.PaidTrials + 1 }), "domain 1: there is");
        DiffersInSums(i, record with { Domains = [.. record.Domains.Skip(1)] }, "domain");
        var last = Hash32.FromBytes(Enumerable.Repeat((byte)0xff, 32).ToArray());
        DiffersInSums(i, record with { Domains = [.. record.Domains, new DomainRecord(last, 0, 1, 0, 0)] }, "without trials");
    }

    [Fact]
    public void Record_WithUsesWhereNothingCounts_IsSeenWithoutTheEvents()
    {
        var i = Honest.Records.ToList().FindIndex(record => record.Uses == 0);
        var invented = Honest.Records[i] with { Consumers = 7, PaidUses = 9, Domains = [new DomainRecord(DomainWord.Of("nda-review"), 99, 100, 99, 100)] };
        var report = Verify(Recorded([.. Honest.Records.Take(i), invented, .. Honest.Records.Skip(i + 1)]));
        Named(report, VerifyLevel.Pools, "0 uses are paid, the bundle says 9");
        Named(report, VerifyLevel.Sums, $"record of model {invented.Model}: 0 uses are paid, the bundle says 9");
    }

    private static void DiffersInPools(int i, ModelRecord record, string named)
    {
        var report = Verify(Recorded([.. Honest.Records.Take(i), record, .. Honest.Records.Skip(i + 1)]));
        Named(report, VerifyLevel.Pools, named);
        Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.Agrees, VerifyOutcome.Agrees), (report[VerifyLevel.Solvency], report[VerifyLevel.FixedParts], report[VerifyLevel.Sums]));
    }

    /// <summary>What only events tell, nothing but the events can contradict.</summary>
    private static void DiffersInSums(int i, ModelRecord record, string named)
    {
        var report = Verify(Recorded([.. Honest.Records.Take(i), record, .. Honest.Records.Skip(i + 1)]));
        Named(report, VerifyLevel.Sums, named);
        Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.Agrees, VerifyOutcome.Agrees), (report[VerifyLevel.Solvency], report[VerifyLevel.FixedParts], report[VerifyLevel.Pools]));
    }

    /// <summary>Other records, under their own root.</summary>
    private static Bundle Recorded(IReadOnlyList<ModelRecord> records) => Honest with { Records = records, RecordRoot = RecordTree.RootOf(Honest.Number, records) };

    [Fact]
    public void Payment_SettledWithMoreThanWasPaid_IsNamed()
    {
        var first = Payments[0];
        var more = first with { Settled = first.Settled with { Settled = first.Settled.Payment.Amount + 1 } };
        DiffersInForm(Honest with { Payments = [more, .. Payments.Skip(1)] }, "settles more than was paid");
    }

    [Fact]
    public void Payments_OutOfOrderTwiceOrTooLate_AreNamed()
    {
        DiffersInForm(Honest with { Payments = [.. Payments.Reverse()] }, "does not come after");
        DiffersInForm(Honest with { Payments = [Payments[0], .. Payments] }, "does not come after");
        var last = Payments[^1];
        var late = last with { Settled = last.Settled with { Payment = last.Settled.Payment with { At = new LogPosition(Honest.LastBlock + 1, 0) } } };
        DiffersInForm(Honest with { Payments = [.. Payments.SkipLast(1), late] }, "is after the epoch's last block");
    }

    [Fact]
    public void Payment_InAnUnlistedToken_IsNamed() => DiffersInForm(Honest with { Tokens = [] }, "which is not listed");

    [Fact]
    public void Payments_ThatCannotBeSummedUp_AreNamed()
    {
        var large = Payments[0] with { Settled = new OpenSettle.Ledger.SettledPayment(Payments[0].Settled.Payment with { Amount = UInt256.MaxValue }, UInt256.MaxValue) };
        DiffersInForm(Honest with { Payments = [large, large with { Settled = large.Settled with { Payment = large.Settled.Payment with { At = new LogPosition(Honest.LastBlock, 9) } } }] }, "larger than 256 bits");
    }

    [Fact]
    public void Promises_ThatCannotBeSummedUp_AreNamedAndDoNotStopTheVerifier()
    {
        var accounts = Honest.After.Accounts.ToArray();
        var token = accounts.GroupBy(state => state.Token).First(same => same.Count() > 1).Key;
        for (var i = 0; i < accounts.Length; i++)
        {
            if (accounts[i].Token == token) accounts[i] = accounts[i] with { Earned = UInt256.MaxValue, Leaf = UInt256.MaxValue - accounts[i].Pushed };
        }

        var report = Verify(WithAccounts(accounts));
        Assert.Equal(VerifyOutcome.Differs, report[VerifyLevel.Solvency]);
        Assert.Equal(VerifyOutcome.Differs, report[VerifyLevel.Pools]);
    }

    [Fact]
    public void Terms_ThatNoRegistryAllows_AreNamed()
    {
        Terms Under(int id, ulong number, params (Terms Terms, uint Share)[] parents) => Honest.Terms[0] with
        {
            Id = id,
            Model = new ModelId(Keccak256.HashText($"rogue/{number}")),
            ModelNumber = number,
            Parents = [.. parents.Select(parent => new UpstreamTerms(parent.Terms, parent.Share))],
        };

        Bundle Only(params Terms[] terms) => Honest with { Terms = terms, Payments = [], Usage = Honest.Usage with { Direct = [] } };
        var old = Under(0, 5);
        DiffersInForm(Only(old, Under(1, 5, (old, 1))), "terms 1: parent");
        DiffersInForm(Only(old, Under(1, 4, (old, 1))), "is not older than the model");
        var older = Under(1, 4);
        DiffersInForm(Only(old, older, Under(2, 9, (old, 600_000), (older, 400_001))), "sum to more than the whole");
        DiffersInForm(Only(Under(0, 9, (old, 1))), "do not stand before them");
        DiffersInForm(Only(old, Under(1, 5) with { ModelNumber = 6 }), "has two numbers");
        var other = old with { Id = 1, LineageVersion = 77, Split = new SplitTable(old.Split.Version, [new SplitRow(World.Name("thief", 1), 1, "")]) };
        DiffersInForm(Only(old, other), "is another than before");
        var line = new List<Terms> { Under(0, 1) };
        for (var i = 1; i <= 9; i++) line.Add(Under(i, (ulong)i + 1, (line[i - 1], 1_000_000)));
        DiffersInForm(Only([.. line]), "terms 9: money goes up more than 8 steps");
    }

    [Fact]
    public void Terms_OfEightFullLevelsOfSixteenParents_AreCheckedWithoutWalkingEveryPath()
    {
        // All that the registry allows: 16^8 paths. Walking each of them would not end.
        List<Terms> all = [.. Honest.Terms];
        List<Terms> below = [];
        for (ulong level = 0; level < 9; level++)
        {
            List<Terms> row = [];
            for (var i = 0; i < 16; i++)
            {
                row.Add(Honest.Terms[0] with
                {
                    Id = all.Count + i,
                    Model = new ModelId(Keccak256.HashText($"lattice/{level}/{i}")),
                    ModelNumber = level * 16 + (ulong)i + 1,
                    Parents = [.. below.Select(parent => new UpstreamTerms(parent, 62_500))],
                });
            }

            all.AddRange(row);
            below = row;
        }

        var forged = PublishedEpoch.Of(Honest with { Terms = all });
        var report = forged.Verify(Chain[1], forged.OnChain);
        Assert.True(report.Agrees, report.Message);
        Differs(forged.Bundle, VerifyLevel.FixedParts, $"terms {Honest.Terms.Count} are not those of any payment");
    }

    [Fact]
    public void PaymentsOfTheEpochBefore_GivenAgain_AreSeenByTheChainThatHasThemTaken()
    {
        var first = History.Input(Told.World, Told.Tokens, 1, null);
        var again = first with
        {
            Number = 2, FirstBlock = World.FirstBlock(2), LastBlock = World.LastBlock(2), ParentHash = Chain[0].Bundle.LastBlockHash, LastBlockHash = History.BlockHash(2),
            PreviousRoot = Chain[0].Bundle.Root, Before = Chain[0].Bundle.After,
        };
        var forged = PublishedEpoch.Of(Bundle.Of(History.Deployment, EpochBuilder.Build(again), Chain[0].Hash));
        Assert.True(forged.Verify(Chain[0], forged.OnChain).Agrees);
        var report = forged.Verify(Chain[0], forged.OnChain, Told.View(2));
        Assert.Equal(VerifyOutcome.Agrees, report[VerifyLevel.Pools]);
        Named(report, VerifyLevel.FixedParts, $"the next payment of the chain is {Told.World.TakenBy(2)[0].Payment.At}, the bundle's {Told.World.TakenBy(1)[0].Payment.At}");
        Named(forged.Verify(Chain[0], forged.OnChain, Told.View(2) with { Payments = [] }), VerifyLevel.FixedParts, "is not on the chain, or another epoch took it");
    }

    private static bool IsLarge(DividedPayment payment)
    {
        var (terms, token) = (payment.Terms, payment.Settled.Payment.Token);
        return payment.Settled.Settled > UInt256.Parse("100000000000000000000000000000") && terms.Split.AtHand && terms.Split.PoolWeight > 9
            && terms.Split.Rows.Count > 1 && terms.Split.Rows[0].Weight > 9 && terms.Split.Rows[0].Account is not null
            && Honest.Usage.Direct.Any(sum => sum.Terms == terms.Id && sum.Token == token);
    }

    private static Bundle Accounts(int i, AccountState account) => WithAccounts([.. Honest.After.Accounts.Take(i), account, .. Honest.After.Accounts.Skip(i + 1)]);

    private static Bundle WithAccounts(IReadOnlyList<AccountState> accounts) => Honest with { After = Honest.After with { Accounts = accounts } };

    private static Bundle Rooted(Bundle bundle) => bundle with { Root = EpochBuilder.TreeOf(bundle.After)?.Root ?? Hash32.Zero };

    private static Bundle WithRow(Terms terms, SplitRow row, bool append = false)
    {
        var table = terms.Split with { Rows = append ? [.. terms.Split.Rows, row] : [row, .. terms.Split.Rows.Skip(1)] };
        return Honest with { Terms = [.. Honest.Terms.Select(other => other.Model == terms.Model && other.Split.Version == table.Version ? other with { Split = table } : other)] };
    }

    /// <summary>What stands in the file is the number: whoever refers to the terms refers to the others.</summary>
    private static Bundle Replace(Terms terms, Terms by) => Honest with { Terms = [.. Honest.Terms.Select(other => other == terms ? by : other)] };

    /// <summary>The forger publishes the tampered file, and its hash and root are on chain.</summary>
    private static VerifyReport Verify(Bundle tampered)
    {
        var forged = PublishedEpoch.Of(tampered);
        return forged.Verify(Chain[1], forged.OnChain, Told.View(3), Told.World.BatchesOf(3));
    }

    private static VerifyReport Against(ChainView chain) => Chain[2].Verify(Chain[1], Chain[2].OnChain, chain, Told.World.BatchesOf(3));

    private static LevelReport Level(VerifyReport report, VerifyLevel level) => report.Levels.Single(one => one.Level == level);

    private static void Differs(Bundle tampered, VerifyLevel level, string named) => Named(Verify(tampered), level, named);

    private static void DiffersInForm(Bundle tampered, string named)
    {
        var report = Verify(tampered);
        Named(report, VerifyLevel.Form, named);
        Assert.Contains(named, report.Message, StringComparison.Ordinal);
        Assert.All(report.Levels.Skip(1), level => Assert.Equal(VerifyOutcome.NotChecked, level.Outcome));
    }

    private static void DiffersInBooks(Bundle tampered, string named)
    {
        var report = Verify(tampered);
        Assert.Matches("^(account 0x[0-9a-f]{40}, token 0x[0-9a-f]{40}|residue [0-9]+|suspense [0-9]+):", Level(report, VerifyLevel.Pools).Message);
        Named(report, VerifyLevel.FixedParts, named);
    }

    private static void NotChecked(VerifyReport report, VerifyLevel level, string why)
    {
        Assert.Equal(VerifyOutcome.NotChecked, report[level]);
        Assert.Contains(why, Level(report, level).Message, StringComparison.Ordinal);
    }

    private static void Named(VerifyReport report, VerifyLevel level, params string[] oneOf)
    {
        Assert.False(report.Agrees, "the tampering was not seen");
        Assert.Equal(VerifyOutcome.Differs, report[level]);
        Assert.True(oneOf.Any(named => Level(report, level).Message.Contains(named, StringComparison.Ordinal)), Level(report, level).Message);
    }
}
