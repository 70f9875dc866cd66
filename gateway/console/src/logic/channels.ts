// The ways by which a submission comes in.
export const CHANNELS = ['portal', 'hotline', 'letter', 'email', 'visit', 'wechat', 'sms', 'app', 'department', 'leader_mailbox', 'upper_transfer', 'other'] as const
