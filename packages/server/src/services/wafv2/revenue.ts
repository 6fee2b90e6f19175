import {
  GetRevenueStatistics$,
  GetRevenueStatisticsSummary$,
  GetRevenueStatisticsTimeSeries$,
  ListSettlementRecords$,
} from '@aws-sdk/client-wafv2'
import type {
  GetRevenueStatisticsRequest,
  GetRevenueStatisticsResponse,
  GetRevenueStatisticsSummaryRequest,
  GetRevenueStatisticsSummaryResponse,
  GetRevenueStatisticsTimeSeriesRequest,
  GetRevenueStatisticsTimeSeriesResponse,
  ListSettlementRecordsRequest,
  ListSettlementRecordsResponse,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { checkedScope } from './entities.ts'

/** GetRevenueStatistics: rules cannot monetize requests here, so nothing was ever earned. */
export const GetRevenueStatistics = operation<
  GetRevenueStatisticsRequest,
  GetRevenueStatisticsResponse
>(GetRevenueStatistics$, {
  access: () => ({ resource: '*' }),
  handle({ Scope }, ctx) {
    checkedScope(ctx, Scope)
    return { SourceStatistics: [], RevenuePathStatistics: [] }
  },
})

/** GetRevenueStatisticsSummary: nothing was ever earned. */
export const GetRevenueStatisticsSummary = operation<
  GetRevenueStatisticsSummaryRequest,
  GetRevenueStatisticsSummaryResponse
>(GetRevenueStatisticsSummary$, {
  access: () => ({ resource: '*' }),
  handle({ Scope, Currency }, ctx) {
    checkedScope(ctx, Scope)
    return {
      RevenueBreakdown: {
        TotalAmount: '0',
        VerifiedAmount: '0',
        UnverifiedAmount: '0',
        ...(Currency !== undefined && { Currency }),
        TotalSettled: 0,
        TotalMonetizeServed: 0,
      },
    }
  },
})

/** GetRevenueStatisticsTimeSeries: nothing was ever earned. */
export const GetRevenueStatisticsTimeSeries = operation<
  GetRevenueStatisticsTimeSeriesRequest,
  GetRevenueStatisticsTimeSeriesResponse
>(GetRevenueStatisticsTimeSeries$, {
  access: () => ({ resource: '*' }),
  handle({ Scope }, ctx) {
    checkedScope(ctx, Scope)
    return { DataPoints: [] }
  },
})

/** ListSettlementRecords: nothing was ever earned. */
export const ListSettlementRecords = operation<
  ListSettlementRecordsRequest,
  ListSettlementRecordsResponse
>(ListSettlementRecords$, {
  access: () => ({ resource: '*' }),
  handle({ Scope }, ctx) {
    checkedScope(ctx, Scope)
    return { Settlements: [] }
  },
})
